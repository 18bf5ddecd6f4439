/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Throws an exception that nobody catches.
 */
#include <stdexcept>
#include <string>

namespace parser
{

int number_of(const std::string &text)
{
    if (text.empty())
        throw std::runtime_error("no number here");
    return text[0] - '0';
}

} // namespace parser

int main()
{
    return parser::number_of("");
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Throws an exception of its own, that nobody catches.
 */
#include <exception>

namespace store
{

class Full : public std::exception
{
  public:
    const char *what() const noexcept override
    {
        return "the store is full";
    }
};

void put(int count)
{
    if (count > 2)
        throw Full();
}

} // namespace store

int main()
{
    store::put(3);
    return 0;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A library that is opened at run time, and crashes on a document without a header.
 */
#include <cstring>

namespace reader
{

struct Header {
    int version;
};

class Document
{
  public:
    explicit Document(const char *text) : fText(text), fHeader(nullptr), fStorage()
    {
        if (strncmp(text, "HEAD", 4) == 0)
            fHeader = &fStorage;
    }

    int parse_header()
    {
        fHeader->version = fText[4] - '0';
        return fHeader->version;
    }

  private:
    const char *fText;
    Header *fHeader;
    Header fStorage;
};

} // namespace reader

extern "C" int reader_version(const char *text)
{
    reader::Document document(text);
    return document.parse_header();
}

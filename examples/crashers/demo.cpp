/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Eight threads read documents with a library that is opened at run time. One of the documents is broken.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace demo
{

using Reader = int (*)(const char *);

/* Lets nobody through before all are there. */
class Gate
{
  public:
    explicit Gate(unsigned count) : fMissing(count)
    {
    }

    void pass()
    {
        std::unique_lock<std::mutex> lock(fMutex);
        if (--fMissing == 0)
            fOpened.notify_all();
        fOpened.wait(lock, [this] { return fMissing == 0; });
    }

  private:
    std::mutex fMutex;
    std::condition_variable fOpened;
    unsigned fMissing;
};

class Worker
{
  public:
    Worker(Reader reader, std::string text, Gate &all_there, Gate &all_done)
        : fReader(reader), fText(std::move(text)), fAllThere(all_there), fAllDone(all_done)
    {
    }

    void work(unsigned number)
    {
        std::string name = "worker " + std::to_string(number);
        pthread_setname_np(pthread_self(), name.c_str());
        fAllThere.pass();
        read_document();
        fAllDone.pass();
    }

  private:
    void read_document()
    {
        fVersion = fReader(fText.c_str());
    }

    Reader fReader;
    std::string fText;
    Gate &fAllThere, &fAllDone;
    int fVersion = 0;
};

} // namespace demo

int main()
{
    const unsigned count = 8, broken = 3;
    void *library = dlopen("libreader.so", RTLD_NOW);
    if (library == nullptr) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    auto reader = reinterpret_cast<demo::Reader>(dlsym(library, "reader_version"));

    demo::Gate all_there(count), all_done(count);
    std::vector<std::thread> threads;
    for (unsigned i = 1; i <= count; i++) {
        threads.emplace_back([&, i] {
            demo::Worker(reader, i == broken ? "a document without a header" : "HEAD1", all_there, all_done)
                .work(i);
        });
    }
    for (auto &thread : threads)
        thread.join();
    return 0;
}

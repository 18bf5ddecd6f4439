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
        while (fMissing != 0)
            fOpened.wait(lock);
    }

  private:
    std::mutex fMutex;
    std::condition_variable fOpened;
    unsigned fMissing;
};

/* A thread that reads one document. */
class Worker
{
  public:
    Worker(unsigned number, Reader reader, const char *text, Gate &all_there, Gate &all_done)
        : fName("worker " + std::to_string(number)), fReader(reader), fText(text), fAllThere(all_there),
          fAllDone(all_done)
    {
    }

    void start()
    {
        pthread_create(&fThread, nullptr, run, this);
    }

    void join()
    {
        pthread_join(fThread, nullptr);
    }

  private:
    static void *run(void *self)
    {
        static_cast<Worker *>(self)->work();
        return nullptr;
    }

    void work()
    {
        pthread_setname_np(pthread_self(), fName.c_str());
        fAllThere.pass();
        read_document();
        fAllDone.pass();
    }

    void read_document()
    {
        fVersion = fReader(fText);
    }

    std::string fName;
    Reader fReader;
    const char *fText;
    Gate &fAllThere, &fAllDone;
    pthread_t fThread{};
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
    std::vector<demo::Worker> workers;
    for (unsigned i = 1; i <= count; i++) {
        const char *text = i == broken ? "a document without a header" : "HEAD1";
        workers.emplace_back(i, reader, text, all_there, all_done);
    }
    for (auto &worker : workers)
        worker.start();
    for (auto &worker : workers)
        worker.join();
    return 0;
}

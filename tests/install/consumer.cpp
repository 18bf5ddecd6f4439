/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * consumer.c as one would write it in C++: the headers are C++ as well, and handles go into smart pointers.
 */
#include <haikudbg/haikudbg.h>

#include <iostream>
#include <memory>
#include <stdexcept>

static void check(hdbg_status status)
{
    if (status != HDBG_OK)
        throw std::runtime_error(hdbg_last_error());
}

static int run(char **argv)
{
    hdbg_launch_spec spec = {};
    spec.size = sizeof(spec);
    spec.path = argv[1];
    spec.arguments = argv + 1;
    spec.standard_input = spec.standard_output = spec.standard_error = -1;

    hdbg_session *session;
    hdbg_team *team;
    hdbg_event *event;
    check(hdbg_session_create(nullptr, &session));
    std::unique_ptr<hdbg_session, decltype(&hdbg_session_destroy)> session_owner(session,
                                                                                 hdbg_session_destroy);
    check(hdbg_team_launch(session, &spec, &team));
    std::unique_ptr<hdbg_team, decltype(&hdbg_team_release)> team_owner(team, hdbg_team_release);
    check(hdbg_team_resume(team));
    while (hdbg_wait(session, nullptr, HDBG_FOREVER, &event) == HDBG_OK) {
        std::unique_ptr<hdbg_event, decltype(&hdbg_event_release)> event_owner(event, hdbg_event_release);
        if (hdbg_event_is_stop(event))
            check(hdbg_thread_resume(hdbg_event_thread(event), nullptr));
    }
    hdbg_team_end end = {};
    end.size = sizeof(end);
    check(hdbg_team_end_get(team, &end));
    std::cout << "ended with " << end.status << std::endl;
    return 0;
}

int main(int argc, char **argv)
{
    try {
        return argc < 2 ? 1 : run(argv);
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}

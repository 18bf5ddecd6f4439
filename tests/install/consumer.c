/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * A program as others would write it: launches what it is told to, and says how that ended.
 */
#include <haikudbg/haikudbg.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    const char *const *arguments = (const char *const *)argv + 1;
    hdbg_launch_spec spec = {sizeof(spec), argv[1], arguments, NULL, NULL, -1, -1, -1, 0};
    hdbg_team_end end = {.size = sizeof(end)};
    hdbg_session *session;
    hdbg_team *team;
    hdbg_event *event;

    if (argc < 2 || hdbg_session_create(NULL, &session) != HDBG_OK ||
        hdbg_team_launch(session, &spec, &team) != HDBG_OK || hdbg_team_resume(team) != HDBG_OK) {
        fprintf(stderr, "%s\n", hdbg_last_error());
        return 1;
    }
    while (hdbg_wait(session, NULL, HDBG_FOREVER, &event) == HDBG_OK) {
        if (hdbg_event_is_stop(event))
            hdbg_thread_resume(hdbg_event_thread(event), NULL);
        hdbg_event_release(event);
    }
    if (hdbg_team_end_get(team, &end) != HDBG_OK) {
        fprintf(stderr, "%s\n", hdbg_last_error());
        return 1;
    }
    printf("ended with %d\n", end.status);
    hdbg_team_release(team);
    hdbg_session_destroy(session);
    return 0;
}

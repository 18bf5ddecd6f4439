/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Image events: after an exec, and whenever the dynamic linker says at its rendezvous that it has changed the
 * link map.
 */
#include "kernel/hosted/nub/nub.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>

void images_to_wire(const hdbg_image_info *in, wire_x86_64_image_info *out)
{
    memset(out, 0, sizeof *out);
    out->id = in->id;
    out->type = in->type;
    out->sequence = in->sequence;
    out->init_order = in->init_order;
    out->init_routine = in->init_routine;
    out->term_routine = in->term_routine;
    out->device = in->device;
    out->node = in->node;
    memcpy(out->name, in->path, sizeof out->name - 1);
    out->text = in->text;
    out->data = in->data;
    out->text_size = (int32_t)in->text_size;
    out->data_size = (int32_t)in->data_size;
    out->api_version = in->api_version;
    out->abi = in->abi;
}

static void add_event(thread *self, int32_t code, const hdbg_image_info *image)
{
    hdbg_image_info *copy = malloc(sizeof *copy);
    event *e = copy ? event_add(self, code) : NULL;
    if (!e) {
        free(copy);
        return;
    }
    *copy = *image;
    e->image = copy;
}

static bool is_in(const hdbg_image_info *list, size_t count, const hdbg_image_info *image)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].id == image->id && strcmp(list[i].path, image->path) == 0)
            return true;
    }
    return false;
}

static void remember(team *self, hdbg_image_info *list, size_t count)
{
    free(self->images);
    self->images = list;
    self->image_count = count;
}

static void find_rendezvous(team *self)
{
    space *s = self->space;
    if (s->looked_for_rendezvous)
        return;
    s->looked_for_rendezvous = true;
    if (images_rendezvous(self->id, &s->debug_state, &s->r_debug) != HDBG_OK)
        s->debug_state = s->r_debug = 0;
}

/* What has come and gone since the debugger was told last; the program itself comes after what it needs. */
static void add_changes(thread *self)
{
    team *of = self->team;
    hdbg_image_info *now = NULL;
    size_t count = 0;
    if (images_list(of->id, &now, &count) != HDBG_OK)
        return;
    for (size_t i = 0; i < of->image_count; i++) {
        if (!is_in(now, count, &of->images[i]))
            add_event(self, WIRE_IMAGE_DELETED, &of->images[i]);
    }
    for (int program = 0; program < 2; program++) {
        for (size_t i = 0; i < count; i++) {
            if ((now[i].type == HDBG_IMAGE_APP) == program && !is_in(of->images, of->image_count, &now[i]))
                add_event(self, WIRE_IMAGE_CREATED, &now[i]);
        }
    }
    remember(of, now, count);
}

/* At an exec: what the kernel has mapped is told at once, the program last, when the dynamic linker is
 * through. */
void images_executed(thread *self)
{
    team *of = self->team;
    hdbg_image_info *list = NULL;
    size_t count = 0, kept = 0;
    remember(of, NULL, 0);
    find_rendezvous(of);
    if (images_mapped(of->id, &list, &count) != HDBG_OK)
        return;
    for (int system = 1; system >= 0; system--) {
        for (size_t i = 0; i < count; i++) {
            if ((list[i].type == HDBG_IMAGE_SYSTEM) == system && list[i].type != HDBG_IMAGE_APP)
                add_event(self, WIRE_IMAGE_CREATED, &list[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (of->space->debug_state && list[i].type == HDBG_IMAGE_APP)
            continue;
        if (list[i].type == HDBG_IMAGE_APP)
            add_event(self, WIRE_IMAGE_CREATED, &list[i]);
        list[kept++] = list[i];
    }
    remember(of, list, kept);
    if (of->space->debug_state)
        breakpoint_set_internal(of, of->space->debug_state);
}

/* The debugger wants to know of images from now on. */
void images_watch(team *self)
{
    find_rendezvous(self);
    if (!self->images && self->launch != LAUNCH_LOADING &&
        images_list(self->id, &self->images, &self->image_count) == HDBG_OK && !self->images)
        self->images = malloc(1); /* a list that is known to be empty */
    if (self->space->debug_state)
        breakpoint_set_internal(self, self->space->debug_state);
}

/* A thread of the team has come by. @return whether events were added. */
bool images_at_rendezvous(thread *self)
{
    team *of = self->team;
    int32_t state = 0;
    int before = self->event_count;
    hdbg_address at = of->space->r_debug + offsetof(struct r_debug, r_state);
    if (memory_read_raw(of->space, at, &state, sizeof state) != sizeof state || state != RT_CONSISTENT)
        return false;
    bool loading = of->launch == LAUNCH_LOADING;
    if (of->debugger && (loading || of->images))
        add_changes(self);
    else
        remember(of, NULL, 0); /* looked up anew when somebody wants to know */
    if (loading)
        launch_loaded(self);
    if (!of->debugger || !(of->flags & TEAM_IMAGES))
        breakpoint_clear_internal(of);
    return self->event_count > before;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Symbols of images that have no file, such as Haiku's commpage, where the kernel knows them.
 */
#include "inspect/inspect.h"
#include "session/internal.h"

/* A walk over them, as symbol_table_load_list() wants it. */
typedef struct walk {
    hdbg_kernel *kernel;
    hdbg_team_id team;
    hdbg_image_id image;
    int64_t cookie;
} walk;

static int next_symbol(void *context, elf_symbol *symbol, const char **name)
{
    walk *w = context;
    hdbg_kernel_symbol found = {.size = sizeof found};
    if (w->kernel->ops->next_symbol(w->kernel->context, w->team, w->image, &w->cookie, &found) != HDBG_OK)
        return 0;
    symbol->value = found.address;
    symbol->size = found.length;
    symbol->binding = found.is_global ? ELF_GLOBAL : ELF_LOCAL;
    symbol->type = found.kind == HDBG_SYMBOL_FUNCTION ? ELF_SYMBOL_FUNCTION
                   : found.kind == HDBG_SYMBOL_OBJECT ? ELF_SYMBOL_OBJECT
                                                      : ELF_SYMBOL_NONE;
    *name = found.name;
    return 1;
}

symbol_table *inspect_kernel_symbols(hdbg_team *team, const hdbg_image_info *image)
{
    hdbg_status status = HDBG_OK;
    uint64_t end = image->text + image->text_size;
    if (image->data + image->data_size > end)
        end = image->data + image->data_size;
    if (end <= image->text || team_nub_acquire(team, &status) == NULL)
        return NULL;
    walk w = {team_kernel(team), hdbg_team_id_of(team), image->id, 0};
    symbol_table *table = NULL;
    if (KERNEL_HAS(w.kernel, next_symbol))
        table = symbol_table_load_list(image->path, image->text, end, next_symbol, &w);
    team_nub_release(team);
    if (table != NULL && table->count == 0) {
        symbol_table_release(table);
        table = NULL;
    }
    return table;
}

/*
 * Copyright 2026 The libhaikudbg authors. SPDX-License-Identifier: MIT
 *
 * Which files an image's debug information is in, and the session's reader of them. Teams of a session share
 * what is known of a file.
 */
#include "inspect/debug_info.h"
#include "base/fail.h"
#include "base/structs.h"
#include "dwarf/dwarf.h"
#include "inspect/inspect.h"
#include "session/internal.h"

#include <haikudbg/debug_info.h>
#include <haikudbg/image.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALTERNATE_MAX = 4096 + 64 /* bytes of .gnu_debugaltlink */ };
enum { DESCRIBED_MAX = 16 /* pieces of code that programs have described: kept for as many */ };
enum { WHY_MAX = 400 /* as hdbg_debug_info.text */ };
enum { DOWNLOAD_TIMEOUT = 30 * 1000000, BUILD_ID_MAX = 64 /* bytes */ };

/* A file that a team of the session has mapped; or, with bytes, an image that has none. */
typedef struct known_file {
    struct known_file *next;
    inspect_debug_kind kind;
    int64_t node;
    int32_t device;
    uint8_t *bytes;
    size_t size;
    dwarf_file *file;
    char problem[WHY_MAX]; /* of a file that was fetched in vain, or "" */
    char path[];
} known_file;

/* What a session's slot holds. */
typedef struct debug_cache {
    uint64_t version; /* of the options: what was found with others is not used any more */
    hdbg_debug_info_options options;
    char **roots; /* copies, or NULL */
    dwarf_reader *reader;
    known_file *files;
} debug_cache;

/* What is found out about an image before anything is asked. */
typedef struct image_files {
    char image[HDBG_PATH_LENGTH];     /* "" if it has no file */
    char debug[HDBG_PATH_LENGTH];     /* "" if there is none */
    char alternate[HDBG_PATH_LENGTH]; /* "" if there is none */
    uint8_t *bytes;                   /* of one without a file; to be freed */
    size_t size;
    uint64_t bias;
    hdbg_time download;    /* how long a file may take that has to be fetched; 0: none is */
    char problem[WHY_MAX]; /* what was fetched and could not be taken, or "" */
} image_files;

/* ---- the session's slot ---- */

static void free_roots(char **roots)
{
    for (size_t i = 0; roots != NULL && roots[i] != NULL; i++)
        free(roots[i]);
    free(roots);
}

static void cache_destroy(void *data)
{
    debug_cache *cache = data;
    while (cache != NULL && cache->files != NULL) {
        known_file *next = cache->files->next;
        dwarf_file_release(cache->files->file);
        free(cache->files->bytes);
        free(cache->files);
        cache->files = next;
    }
    if (cache != NULL) {
        dwarf_reader_destroy(cache->reader);
        free_roots(cache->roots);
    }
    free(cache);
}

static char **copy_roots(const char *const *roots)
{
    size_t count = 0;
    while (roots[count] != NULL)
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = strdup(roots[i]);
        if (copy[i] == NULL) {
            free_roots(copy);
            return NULL;
        }
    }
    return copy;
}

static hdbg_status cache_make(const hdbg_debug_info_options *options, debug_cache **result)
{
    debug_cache *cache = calloc(1, sizeof *cache);
    hdbg_status status = HDBG_OK;
    if (cache == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for debug information");
    cache->version = 1;
    if (options != NULL)
        cache->options = *options;
    if (options != NULL && options->roots != NULL) {
        cache->roots = copy_roots(options->roots);
        if (cache->roots == NULL)
            status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the folders of debug files");
    }
    if (status == HDBG_OK)
        status = dwarf_reader_create(options, &cache->reader);
    if (status != HDBG_OK) {
        cache_destroy(cache);
        return status;
    }
    *result = cache;
    return HDBG_OK;
}

/* The session's cache, locked, made if there is none. */
static hdbg_status cache_lock(hdbg_session *session, debug_cache **cache)
{
    team_cache *slot = session_cache_lock(session);
    hdbg_status status = HDBG_OK;
    *cache = slot->data;
    if (*cache == NULL)
        status = cache_make(NULL, cache);
    if (status != HDBG_OK) {
        session_cache_unlock(session);
        return status;
    }
    slot->data = *cache;
    slot->destroy = cache_destroy;
    return HDBG_OK;
}

hdbg_status hdbg_session_set_debug_info(hdbg_session *session, const hdbg_debug_info_options *options)
{
    debug_cache *made = NULL;
    hdbg_debug_info_options known = {.size = sizeof known};
    if (options != NULL) {
        hdbg_status taken = hdbg_struct_take(&known, sizeof known, options, "hdbg_debug_info_options");
        if (taken != HDBG_OK)
            return taken;
        options = &known;
    }
    if (options != NULL && ((options->flags & ~(HDBG_DEBUG_INFO_OFF | HDBG_DEBUG_INFO_DOWNLOAD)) != 0 ||
                            options->timeout < 0 || options->download_timeout < 0))
        return hdbg_fail(HDBG_BAD_VALUE,
                         "cannot set how debug information is read: flags or times out of range");
    hdbg_status status = cache_make(options, &made);
    if (status != HDBG_OK)
        return status;
    team_cache *slot = session_cache_lock(session);
    debug_cache *old = slot->data;
    if (old != NULL)
        made->version = old->version + 1;
    slot->data = made;
    slot->destroy = cache_destroy;
    session_cache_unlock(session);
    cache_destroy(old);
    return HDBG_OK;
}

/* ---- which files ---- */

/* Whether a file is there and has the build-id that was asked for, if one was. */
static int has_build_id(const char *path, const uint8_t *id, size_t size)
{
    uint8_t there[BUILD_ID_MAX];
    size_t there_size = sizeof there;
    elf_file *file = size > 0 ? malloc(sizeof *file) : NULL;
    int same = 0;
    if (size == 0)
        return access(path, R_OK) == 0;
    if (file != NULL && elf_file_open(file, path) == HDBG_OK) {
        same = elf_build_id(&file->object, there, &there_size) == HDBG_OK && there_size == size &&
               memcmp(there, id, size) == 0;
        elf_file_close(file);
    }
    free(file);
    return same;
}

/* Fetches a file by its build-id. A server may have given another one, by mistake or not: it is not taken. */
static hdbg_status download_file(const uint8_t *id, size_t id_size, image_files *files, char *path,
                                 size_t size)
{
    hdbg_status status = debuginfod_fetch(id, id_size, files->download, path, size);
    if (status == HDBG_OK && !has_build_id(path, id, id_size)) {
        status = hdbg_fail(HDBG_BAD_DATA, "%s, which a debuginfod server gave, has another build-id", path);
        snprintf(files->problem, sizeof files->problem, "%s", hdbg_last_error());
        path[0] = '\0';
    }
    return status;
}

/* dwz's file, which a debug file names, beside which it may be; or which a folder has by its build-id. One of
 * another build would give wrong names. */
static void find_alternate(const elf_file *of, const char *const *roots, image_files *files)
{
    char *found = files->alternate;
    const size_t size = sizeof files->alternate;
    uint8_t content[ALTERNATE_MAX + 1];
    const elf_section *section = elf_section_by_name(&of->object, ".gnu_debugaltlink");
    if (section == NULL || section->size < 2 || section->size > ALTERNATE_MAX ||
        elf_read(&of->object, section->offset, content, (size_t)section->size) != HDBG_OK)
        return;
    content[section->size] = '\0';
    const char *name = (const char *)content;
    const uint8_t *id = content + strlen(name) + 1;
    size_t id_size = strlen(name) + 1 < section->size ? (size_t)section->size - strlen(name) - 1 : 0;
    const char *slash = strrchr(of->path, '/');
    int folder = name[0] != '/' && slash != NULL ? (int)(slash - of->path + 1) : 0;
    snprintf(found, size, "%.*s%s", folder, of->path, name);
    if (has_build_id(found, id, id_size))
        return;
    char hex[2 * BUILD_ID_MAX + 1] = "";
    for (size_t k = 0; k < id_size && id_size <= BUILD_ID_MAX; k++)
        snprintf(hex + 2 * k, 3, "%02x", id[k]);
    for (size_t i = 0; roots[i] != NULL && strlen(hex) >= 4; i++) {
        int n = snprintf(found, size, "%s/.build-id/%.2s/%s.debug", roots[i], hex, hex + 2);
        if (n > 0 && (size_t)n < size && has_build_id(found, id, id_size))
            return;
    }
    found[0] = '\0';
    download_file(id, id_size, files, found, size);
}

/* The debug file of an image that is not on this machine. */
static hdbg_status download_debug(elf_file *debug, const elf_object *object, image_files *files)
{
    uint8_t id[64];
    size_t size = sizeof id;
    char path[sizeof debug->path];
    hdbg_status status = files->download > 0 ? elf_build_id(object, id, &size) : HDBG_NAME_NOT_FOUND;
    if (status == HDBG_OK)
        status = download_file(id, size, files, path, sizeof path);
    return status == HDBG_OK ? elf_file_open(debug, path) : status;
}

/* The separate debug file of an image, and dwz's. */
static void find_debug(const elf_object *object, const elf_file *image, const char *path,
                       const char *const *roots, image_files *files)
{
    symbol_paths paths = {.roots = roots, .subfolder = hdbg_symbol_paths.subfolder};
    elf_file *debug = malloc(sizeof *debug);
    if (debug == NULL)
        return;
    int has_own = elf_section_by_name(object, ".debug_info") != NULL ||
                  elf_section_by_name(object, ".zdebug_info") != NULL;
    if (!has_own && (elf_debug_file_open(debug, object, path, &paths) == HDBG_OK ||
                     download_debug(debug, object, files) == HDBG_OK)) {
        snprintf(files->debug, sizeof files->debug, "%s", debug->path);
        find_alternate(debug, roots, files);
        elf_file_close(debug);
    } else if (image != NULL) {
        find_alternate(image, roots, files);
    }
    free(debug);
}

static hdbg_status find_in_file(const hdbg_image_info *image, inspect_debug_kind kind,
                                const char *const *roots, image_files *files)
{
    elf_file *file = malloc(sizeof *file);
    if (file == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory to open %s", image->path);
    hdbg_status status = elf_file_open(file, image->path);
    if (status == HDBG_OK) {
        snprintf(files->image, sizeof files->image, "%s", image->path);
        files->bias = elf_bias(&file->object, image->text, image->data);
        if (kind == INSPECT_LINES)
            find_debug(&file->object, file, image->path, roots, files);
        elf_file_close(file);
    }
    free(file);
    return status;
}

static hdbg_status find_in_memory(hdbg_team *team, const hdbg_image_info *image, inspect_debug_kind kind,
                                  const char *const *roots, image_files *files)
{
    inspect_mapped context;
    elf_input input;
    elf_object object;
    hdbg_status status = inspect_mapped_input(team, image, &context, &input);
    if (status != HDBG_OK)
        return status;
    status = elf_open(&object, &input);
    if (status == HDBG_OK) {
        files->bias = elf_bias(&object, context.header, 0);
        if (kind == INSPECT_LINES)
            find_debug(&object, NULL, image->path, roots, files);
        status = debug_info_from_memory(&object, &files->bytes, &files->size);
        if (status == HDBG_NAME_NOT_FOUND && files->debug[0] != '\0')
            status = HDBG_OK;
    }
    elf_close(&object);
    return status;
}

/* ---- the session's files ---- */

static int is_known(const known_file *known, inspect_debug_kind kind, const hdbg_image_info *image,
                    const image_files *files)
{
    if (known->kind != kind || strcmp(known->path, image->path) != 0)
        return 0;
    if (files->bytes != NULL || known->bytes != NULL)
        return known->bytes != NULL && files->bytes != NULL && known->size == files->size &&
               memcmp(known->bytes, files->bytes, files->size) == 0;
    return known->node == image->node && known->device == image->device;
}

/* The dwarf_file for what was found, retained; one that is known already or a new one. Takes files->bytes. */
static hdbg_status cache_file(debug_cache *cache, inspect_debug_kind kind, const hdbg_image_info *image,
                              image_files *files, dwarf_file **file)
{
    for (known_file *known = cache->files; known != NULL; known = known->next) {
        if (is_known(known, kind, image, files)) {
            *file = dwarf_file_retain(known->file);
            return HDBG_OK;
        }
    }
    size_t length = strlen(image->path);
    known_file *made = calloc(1, sizeof *made + length + 1);
    if (made == NULL)
        return hdbg_fail(HDBG_NO_MEMORY, "no memory for the debug information of %s", image->path);
    dwarf_paths paths = {.image = files->image[0] != '\0' ? files->image : NULL,
                         .debug = files->debug[0] != '\0' ? files->debug : NULL,
                         .alternate = files->alternate[0] != '\0' ? files->alternate : NULL,
                         .bytes = files->bytes,
                         .size = files->size};
    hdbg_status status = dwarf_file_open(cache->reader, &paths, &made->file);
    if (status != HDBG_OK) {
        free(made);
        return status;
    }
    made->kind = kind;
    made->node = image->node;
    made->device = image->device;
    made->bytes = files->bytes;
    made->size = files->size;
    files->bytes = NULL;
    memcpy(made->problem, files->problem, sizeof made->problem);
    memcpy(made->path, image->path, length + 1);
    made->next = cache->files;
    cache->files = made;
    *file = dwarf_file_retain(made->file);
    return HDBG_OK;
}

/* Looks for the files, and finds or makes what is known of them. */
static hdbg_status load(hdbg_team *team, hdbg_session *session, const hdbg_image_info *image,
                        inspect_debug_kind kind, const debug_cache *how, dwarf_file **file,
                        image_files *files)
{
    const char *const *roots = how->roots != NULL ? (const char *const *)how->roots : hdbg_symbol_paths.roots;
    hdbg_status status = HDBG_NAME_NOT_FOUND;
    if (how->options.flags & HDBG_DEBUG_INFO_DOWNLOAD)
        files->download =
            how->options.download_timeout > 0 ? how->options.download_timeout : DOWNLOAD_TIMEOUT;
    if (kind == INSPECT_LINES && how->options.progress != NULL) {
        char what[HDBG_PATH_LENGTH + 64];
        const char *slash = strrchr(image->path, '/');
        snprintf(what, sizeof what, "reading the debug information of %s",
                 slash != NULL ? slash + 1 : image->path);
        how->options.progress(how->options.progress_context, what);
    }
    if (image->path[0] == '/' && inspect_is_mapped_file(team, image))
        status = find_in_file(image, kind, roots, files);
    if (status != HDBG_OK)
        status = find_in_memory(team, image, kind, roots, files);
    if (status != HDBG_OK)
        return status;
    debug_cache *cache = NULL;
    status = cache_lock(session, &cache);
    if (status != HDBG_OK)
        return status;
    status = cache_file(cache, kind, image, files, file);
    session_cache_unlock(session);
    return status;
}

hdbg_status inspect_dwarf_of(hdbg_team *team, const hdbg_image_info *image, inspect_debug_kind kind,
                             dwarf_file **file, uint64_t *bias)
{
    hdbg_session *session = team_session_slot(team);
    debug_cache *cache = NULL, how = {0}; /* a copy, as another thread may set other options meanwhile */
    image_files *files = NULL;
    *file = NULL;
    hdbg_status status = cache_lock(session, &cache);
    if (status != HDBG_OK)
        return status;
    how.version = cache->version;
    how.options = cache->options;
    if (cache->roots != NULL)
        how.roots = copy_roots((const char *const *)cache->roots);
    session_cache_unlock(session);

    *file = inspect_dwarf_cached(team, image, kind, how.version, bias);
    if (*file == NULL)
        files = calloc(1, sizeof *files);
    if (*file == NULL && files == NULL)
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory for the debug information of %s", image->path);
    if (files != NULL) {
        status = load(team, session, image, kind, &how, file, files);
        *bias = files->bias;
        if (status == HDBG_OK)
            inspect_dwarf_keep(team, image, kind, how.version, *file, *bias);
        free(files->bytes);
        free(files);
    }
    free_roots(how.roots);
    return status;
}

/* Takes out the oldest of too many pieces that have no name: a program may make ever new ones. */
static known_file *take_oldest_described(debug_cache *cache)
{
    known_file **oldest = NULL;
    size_t count = 0;
    for (known_file **at = &cache->files; *at != NULL; at = &(*at)->next) {
        if ((*at)->path[0] == '\0' && (*at)->bytes != NULL) {
            oldest = at;
            count++;
        }
    }
    if (count <= DESCRIBED_MAX)
        return NULL;
    known_file *taken = *oldest;
    *oldest = taken->next;
    return taken;
}

hdbg_status inspect_dwarf_of_bytes(hdbg_team *team, const void *bytes, size_t size, dwarf_file **file)
{
    hdbg_image_info *image = calloc(1, sizeof *image); /* it has no name, and is known by its bytes */
    image_files *files = calloc(1, sizeof *files);
    debug_cache *cache = NULL;
    known_file *dropped = NULL;
    hdbg_status status = HDBG_NO_MEMORY;
    *file = NULL;
    if (image != NULL && files != NULL)
        files->bytes = malloc(size);
    if (files != NULL && files->bytes != NULL) {
        memcpy(files->bytes, bytes, size);
        files->size = size;
        status = cache_lock(team_session_slot(team), &cache);
    } else {
        hdbg_fail(status, "no memory for the debug information that team %d makes",
                  (int)hdbg_team_id_of(team));
    }
    if (status == HDBG_OK) {
        status = cache_file(cache, INSPECT_FRAMES, image, files, file);
        dropped = take_oldest_described(cache);
        session_cache_unlock(team_session_slot(team));
    }
    if (dropped != NULL) {
        dwarf_file_release(dropped->file);
        free(dropped->bytes);
    }
    free(dropped);
    if (files != NULL)
        free(files->bytes);
    free(files);
    free(image);
    return status;
}

/* ---- what there is ---- */

/* What was fetched in vain for a file. */
static void copy_problem(hdbg_team *team, const dwarf_file *file, char *text, size_t size)
{
    hdbg_session *session = team_session_slot(team);
    debug_cache *cache = NULL;
    if (cache_lock(session, &cache) != HDBG_OK)
        return;
    for (const known_file *known = cache->files; known != NULL; known = known->next) {
        if (known->file == file)
            snprintf(text, size, "%s", known->problem);
    }
    session_cache_unlock(session);
}

hdbg_status hdbg_image_debug_info(hdbg_team *team, hdbg_image_id id, hdbg_debug_info *given)
{
    hdbg_status status = hdbg_struct_check(given, "hdbg_debug_info");
    if (status != HDBG_OK)
        return status;
    hdbg_image_info *image = malloc(sizeof *image);
    hdbg_debug_info *info = calloc(1, sizeof *info);
    dwarf_file *file = NULL;
    uint64_t bias;
    if (info != NULL && image != NULL)
        status = inspect_image_by_id(team, id, image);
    else
        status = hdbg_fail(HDBG_NO_MEMORY, "no memory to tell of an image's debug information");
    if (status == HDBG_OK) {
        info->size = sizeof *info;
        hdbg_status found = inspect_dwarf_of(team, image, INSPECT_LINES, &file, &bias);
        if (found == HDBG_OK)
            found = dwarf_file_info(file, info);
        if (found == HDBG_TEAM_GONE || found == HDBG_DETACHED)
            status = found;
        if (found != HDBG_OK && info->status == HDBG_OK) {
            info->status = found;
            snprintf(info->text, sizeof info->text, "%s", hdbg_last_error());
        }
        if (found == HDBG_OK && info->text[0] == '\0')
            copy_problem(team, file, info->text, sizeof info->text);
        hdbg_struct_give(given, info, sizeof *info);
    }
    dwarf_file_release(file);
    free(info);
    free(image);
    return status;
}

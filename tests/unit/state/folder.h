/* A temporary folder for tests of what reads and writes files, removed with all that is in it. */
#pragma once

#include <glib.h>

#include "common/err.h"

typedef struct
{
  char *path;
  int fd;
} Folder;

/* For g_test_add(). */
void folder_set_up (Folder *folder, gconstpointer data);
/* The same in memory, where nobody waits for what others write to the disk. */
void folder_set_up_in_memory (Folder *folder, gconstpointer data);
void folder_tear_down (Folder *folder, gconstpointer data);
#define folder_test(path, function)                                                                \
  g_test_add (path, Folder, NULL, folder_set_up, function, folder_tear_down)

/* Open a folder below it; to be closed by the caller. */
int folder_open (const Folder *folder, const char *path);

/* Paths are relative to the folder; parents are made. */
void folder_make (const Folder *folder, const char *path);
void folder_write (const Folder *folder, const char *path, const char *text);
void folder_write_bytes (const Folder *folder, const char *path, const void *data,
                         gsize size_bytes);
void folder_link (const Folder *folder, const char *target, const char *path);
/* A file or a whole tree. */
void folder_remove (const Folder *folder, const char *path);
gboolean folder_has (const Folder *folder, const char *path);
/* How many names are in a folder; 0 when it is not there. */
guint folder_count (const Folder *folder, const char *path);
/* Free with g_free; asserts that the file is there. */
char *folder_read (const Folder *folder, const char *path);
#define folder_assert_text(folder, path, expected)                                                 \
  do                                                                                               \
    {                                                                                              \
      g_autofree char *text_that_is_there = folder_read (folder, path);                            \
      g_assert_cmpstr (text_that_is_there, ==, expected);                                          \
    }                                                                                              \
  while (0)

/* Assert that the error has this code, and a message with `part` in it that is no full sentence. */
void assert_refused (const GError *error, hd_code code, const char *part);
/* Assert that the words, joined by "|", are `expected`. */
void assert_words (const char *const *words, const char *expected);

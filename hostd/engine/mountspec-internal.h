/* What the grammars of mounts share. */
#pragma once

#include "engine/mountspec.h"

extern const char *const hd_mountspec_propagations[];

gboolean hd_mountspec_check_length (const char *text, GError **error);
/* Append to a list that may be NULL. */
void hd_mountspec_append (char ***list, const char *text);
gboolean hd_mountspec_set_target (HdMountSpec *spec, const char *text, GError **error);
gboolean hd_mountspec_set_size (HdMountSpec *spec, const char *text, GError **error);
gboolean hd_mountspec_set_mode (HdMountSpec *spec, const char *text, GError **error);
gboolean hd_mountspec_is_volume (const char *name);
gboolean hd_mountspec_throw_volume (const char *name, GError **error);
/* "WHERE: unknown WORD", with the nearest of `known`. */
gboolean hd_mountspec_throw_word (const char *word, const char *where, const char *const *known,
                                  GError **error);

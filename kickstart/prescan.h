/* What has to be known of a file before its first line is taken. */
#pragma once

#include "kickstart/kickstart.h"

/* Set the version of the first line "#version=NAME" in `text`, which is UTF-8; without one it stays
 * as it is. An unknown name is a warning. */
void hd_ks_find_version (HdKickstart *kickstart, const char *text, gsize length_bytes);

/* Append the text of all %pre scripts to `pre`: what it names may be written by them. */
void hd_ks_find_pre (const char *text, gsize length_bytes, GString *pre);

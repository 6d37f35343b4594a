/* Options that commands for disks share, and the rules for them. */
#pragma once

#include "kickstart/entry.h"

#define F HD_KS_FEDORA

#define FORMAT_OPTIONS                                                                             \
  { "fstype type", HD_KS_TEXT, "TYPE", "ext4, xfs, btrfs, vfat, swap and so on" },                 \
      { "fsoptions", HD_KS_TEXT, "OPTIONS", "mount options, for fstab",                            \
        .span = { .since = F (4) } },                                                              \
      { "label", HD_KS_TEXT, "LABEL", "label of the file system", .span = { .since = F (4) } },    \
      { "fsprofile", HD_KS_TEXT, "TYPE", "usage type for mke2fs -T", .span = { .since = F (9) } }, \
      { "mkfsoptions", HD_KS_TEXT, "OPTIONS", "further options for mkfs",                          \
        .span = { .since = F (23), .also = HD_KS_IN_RHEL7 } },                                     \
  {                                                                                                \
    "bytes-per-inode", HD_KS_INT, "N", "bytes per inode",                                          \
        .span                                                                                      \
        = {.since = F (4),                                                                         \
           .deprecated = F (9),                                                                    \
           .removed = F (14) }                                                                     \
  }

#define ESCROW_NOTE "keys are not escrowed; keep the passphrase"
#define LUKS_OPTIONS                                                                                \
  { "encrypted", HD_KS_FLAG, NULL, "encrypt it with LUKS", .span = { .since = F (9) } },            \
      { "passphrase", HD_KS_TEXT,                                                                   \
        "TEXT",       "passphrase of the encryption",                                               \
        HD_KS_SECRET, .span = { .since = F (9) } },                                                 \
      { "escrowcert",                                                                               \
        HD_KS_TEXT,                                                                                 \
        "URL",                                                                                      \
        "certificate for escrowed keys",                                                            \
        .span = { .since = F (12) },                                                                \
        .note = ESCROW_NOTE },                                                                      \
      { "backuppassphrase",          HD_KS_FLAG,         NULL, "add an escrowed second passphrase", \
        .span = { .since = F (12) }, .note = ESCROW_NOTE },                                         \
      { "cipher", HD_KS_TEXT, "CIPHER", "cipher, as aes-xts-plain64",                               \
        .span = { .since = F (18), .also = HD_KS_IN_RHEL6 } },                                      \
      { "luks-version",                                                                             \
        HD_KS_CHOICE,                                                                               \
        "VERSION",                                                                                  \
        "format of the encryption",                                                                 \
        .choices = "luks1 luks2 luks2-hw-opal luks2-hw-opal-only",                                  \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf", HD_KS_TEXT, "PBKDF", "argon2i, argon2id or pbkdf2",                                \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf-memory", HD_KS_INT, "KIB", "memory of the key derivation",                           \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf-time", HD_KS_INT, "MS", "time of the key derivation",                                \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
      { "pbkdf-iterations", HD_KS_INT, "N", "iterations of the key derivation",                     \
        .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },                                      \
  {                                                                                                 \
    "hw-passphrase", HD_KS_TEXT, "TEXT", "passphrase of a self-encrypting disk", HD_KS_SECRET,      \
        .span = { .since = F (41) }, .note = "self-encrypting disks are not set up"                 \
  }

#define HIBERNATION_OPTION                                                                         \
  {                                                                                                \
    "hibernation", HD_KS_FLAG, NULL, "swap as large as hibernation needs",                         \
        .span                                                                                      \
        = {.since = F (18),                                                                        \
           .also = HD_KS_IN_RHEL6 }                                                                \
  }
#define CLEAR_EXISTING                                                                             \
  { "noformat", HD_KS_FLAG, NULL, "use what is there, with its content" },                         \
  {                                                                                                \
    "useexisting", HD_KS_FLAG, NULL, "use what is there, formatted anew"                           \
  }

/* Add an error at the option's value, or at the command for a NULL: "COMMAND: WHAT". */
void hd_ks_refuse (const HdKsEntry *entry, HdKsReport *report, const char *option, const char *hint,
                   const char *what);
/* The rules for LUKS_OPTIONS. */
void hd_ks_check_luks (const HdKsEntry *entry, HdKsReport *report);
/* Whether btrfs is not in the language: it left with RHEL 8. */
gboolean hd_ks_lacks_btrfs (HdKsVersion version);

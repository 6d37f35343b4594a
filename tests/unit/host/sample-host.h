/* A signing key, a repository with small versions of a system, and a host of version 1: made anew
 * for a test, in a temporary folder, by libostree and gpg. */
#pragma once

#include <ostree.h>

#include "folder.h"
#include "host/operation.h"

#define SAMPLE_REMOTE "up"
#define SAMPLE_REF "sample/amd64"
#define SAMPLE_REFSPEC SAMPLE_REMOTE ":" SAMPLE_REF
#define SAMPLE_STATEROOT "d"
#define SAMPLE_UID "Test Key <key@example.org>"

/* A GnuPG home below `folder` with one key; `config` is the text of its gpg.conf, `expires` as gpg
 * takes it. Its public half is put into trusted/NAME.gpg. Returns the fingerprint, free with
 * g_free. sample_key_end() ends the agent that gpg has started. */
char *sample_key (const Folder *folder, const char *name, const char *uid, const char *expires,
                  const char *config);
void sample_key_end (const Folder *folder, const char *name);
/* Sign with the key of that home. */
void sample_sign (OstreeRepo *repo, const char *commit, const Folder *folder, const char *name);
/* Run a program, assert that it succeeds, return its output; free with g_free. */
char *sample_run (const char *const *argv);

/* An archive repository at folder/repo. */
OstreeRepo *sample_repo (const Folder *folder);
/* Let `repo` know the remote SAMPLE_REMOTE at folder/repo, with the keys of folder/trusted. */
void sample_remote (OstreeRepo *repo, const Folder *folder);
/* Commit a tree with kernel "6.VERSION" on SAMPLE_REF, unsigned. `metadata` is a{sv} in text form
 * beside the version, or NULL. Returns the checksum, free with g_free. */
char *sample_release (OstreeRepo *repo, const Folder *folder, int version, gint64 timestamp,
                      const char *parent, const char *metadata);

typedef struct
{
  Folder folder;
  char *key;          /* fingerprint of the key "good", which signs */
  OstreeRepo *repo;   /* of the server */
  char *commits[4];   /* 1 and 2, signed, of the days 1 and 2 after 1970; the rest for tests */
  char *path;         /* of the host: version 1 is deployed */
  HdSysroot *sysroot; /* opened */
} SampleHost;

void sample_host_set_up (SampleHost *host, gconstpointer data);
void sample_host_tear_down (SampleHost *host, gconstpointer data);
#define sample_host_test(path, function)                                                           \
  g_test_add (path, SampleHost, NULL, sample_host_set_up, function, sample_host_tear_down)
/* Close and open the host's sysroot. */
void sample_host_reopen (SampleHost *host);
/* The host's folder, for looks into it. */
Folder sample_host_folder (const SampleHost *host);

/* Open the sysroot anew and run a verb, as a worker does, and assert that it succeeds; `options` is
 * the "options" object of a request. Returns the outcome, clear it with hd_operation_clear(). */
HdOperation sample_host_do (SampleHost *host, HdVerbFunc *run, const char *verb,
                            const char *options);
/* Assert that it is refused. Returns the hint, "" when there is none; free with g_free. */
char *sample_host_refuse (SampleHost *host, HdVerbFunc *run, const char *verb, const char *options,
                          hd_code code, const char *part);
/* A verb without a request, as units run it. */
HdOperation sample_host_do_unit (SampleHost *host, HdVerbFunc *run, const char *verb);
void sample_host_finalize (SampleHost *host);
/* Version 2 is deployed before version 1. */
void sample_host_upgrade (SampleHost *host);
/* The versions of the deployments in boot order, as "2 1", with "S" behind what is staged, which
 * comes first, and "P" behind what is pinned. Read from the files. */
void sample_host_assert_order (SampleHost *host, const char *expected);
/* Assert what the events of the history are, as "staged good". */
void sample_host_assert_history (SampleHost *host, const char *expected);
#define SAMPLE_DAY 86400

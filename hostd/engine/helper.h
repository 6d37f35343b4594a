/* Programs beside this one that do the dangerous parts: atomic-fetch, atomic-layer. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* The path of a program in the folder of this one, else where it is installed. Free with g_free. */
char *hd_helper_path (const char *name);

/* A descriptor that the program gets under a number. */
typedef struct
{
  int fd;     /* of ours */
  int number; /* in the program: 0 and up */
} HdHelperFd;

/* Start a program with `argv` (argv[0] is its name), the given descriptors, standard error as it is
 * and nothing else of ours. 0 and 1 are /dev/null unless given. Returns its process id and, in
 * *ret_pidfd, a descriptor that polls readable when it ends; -1: HD_NOT_FOUND, HD_FAILED. */
pid_t hd_helper_start (const char *const *argv, const HdHelperFd *fds, guint n_fds, int *ret_pidfd,
                       GError **error);

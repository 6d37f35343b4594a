/* What _FORTIFY_SOURCE is with glibc, for the static program, whose C library has nothing like it:
 * a write behind the end of what the compiler knows the size of ends the program.  Included before
 * every file of the static program; the functions that check are in musl.c. */
#pragma once

#include <sched.h> /* has memcpy, too */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn void rt_fortify_fail (void);

/* musl.c has the functions themselves. */
#ifndef RT_FORTIFY_OFF

/* Size of the object behind a pointer, or the largest number when nothing is known. */
#define RT_ROOM(pointer) __builtin_dynamic_object_size (pointer, 0)
/* Of the innermost member, for text. */
#define RT_TEXT_ROOM(pointer) __builtin_dynamic_object_size (pointer, 1)

/* The compiler drops the check where it can see that it holds. */
#define memcpy(to, from, n) __builtin___memcpy_chk (to, from, n, RT_ROOM (to))
#define memmove(to, from, n) __builtin___memmove_chk (to, from, n, RT_ROOM (to))
#define memset(to, byte, n) __builtin___memset_chk (to, byte, n, RT_ROOM (to))
#define strcpy(to, from) __builtin___strcpy_chk (to, from, RT_TEXT_ROOM (to))
#define strcat(to, from) __builtin___strcat_chk (to, from, RT_TEXT_ROOM (to))
#define strncpy(to, from, n) __builtin___strncpy_chk (to, from, n, RT_TEXT_ROOM (to))

/* A size that is not below the room is a mistake, whatever would be written. */
#define RT_CHECKED(size, room) ((size) > (room) ? (rt_fortify_fail (), (size)) : (size))

#define snprintf(to, n, ...) snprintf (to, RT_CHECKED ((size_t)(n), RT_TEXT_ROOM (to)), __VA_ARGS__)
#define vsnprintf(to, n, format, args)                                                             \
  vsnprintf (to, RT_CHECKED ((size_t)(n), RT_TEXT_ROOM (to)), format, args)
#define read(fd, to, n) read (fd, to, RT_CHECKED ((size_t)(n), RT_ROOM (to)))
#define pread(fd, to, n, offset) pread (fd, to, RT_CHECKED ((size_t)(n), RT_ROOM (to)), offset)
#define recv(fd, to, n, flags) recv (fd, to, RT_CHECKED ((size_t)(n), RT_ROOM (to)), flags)
#define readlink(path, to, n) readlink (path, to, RT_CHECKED ((size_t)(n), RT_TEXT_ROOM (to)))
#define readlinkat(fd, path, to, n)                                                                \
  readlinkat (fd, path, to, RT_CHECKED ((size_t)(n), RT_TEXT_ROOM (to)))

#endif

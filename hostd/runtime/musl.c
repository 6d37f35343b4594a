/* Functions of the C library that musl has in a slower form, for the static program (full.h).
 *
 * musl copies and fills with "rep movs" and "rep stos", which take some hundred cycles to begin, be
 * it for eight bytes: half a millisecond for the digest of a profile alone. */
#ifdef ATOMIC_STATIC

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pieces of memory without alignment or type. */
typedef uint64_t word __attribute__ ((aligned (1), may_alias));
typedef uint32_t half __attribute__ ((aligned (1), may_alias));
typedef uint16_t quarter __attribute__ ((aligned (1), may_alias));
typedef char block __attribute__ ((vector_size (16), aligned (1), may_alias));

/* At most 16 bytes.  All is read before anything is written: the first and the last piece of which
 * may overlap. */
static inline void
copy_few (char *to, const char *from, size_t n)
{
  if (n >= 8)
    {
      const word first = *(const word *)from, last = *(const word *)(from + n - 8);
      *(word *)to = first;
      *(word *)(to + n - 8) = last;
    }
  else if (n >= 4)
    {
      const half first = *(const half *)from, last = *(const half *)(from + n - 4);
      *(half *)to = first;
      *(half *)(to + n - 4) = last;
    }
  else if (n >= 2)
    {
      const quarter first = *(const quarter *)from, last = *(const quarter *)(from + n - 2);
      *(quarter *)to = first;
      *(quarter *)(to + n - 2) = last;
    }
  else if (n == 1)
    *to = *from;
}

void *
memcpy (void *restrict target, const void *restrict source, size_t n)
{
  char *to = target;
  const char *from = source;
  if (n <= 16)
    {
      copy_few (to, from, n);
      return target;
    }
  /* A target before the source may overlap, too (memmove). */
  const block last = *(const block *)(from + (n - 16));
  for (size_t i = 0; i < n - 16; i += 16)
    *(block *)(to + i) = *(const block *)(from + i);
  *(block *)(to + (n - 16)) = last;
  return target;
}

void *
memmove (void *target, const void *source, size_t n)
{
  char *to = target;
  const char *from = source;
  if (n <= 16 || (uintptr_t)to - (uintptr_t)from >= n)
    return memcpy (target, source, n);
  /* The target begins inside of the source: from its end. */
  const block first = *(const block *)from;
  for (size_t i = n; i > 16; i -= 16)
    *(block *)(to + i - 16) = *(const block *)(from + i - 16);
  *(block *)to = first;
  return target;
}

void *
memset (void *target, int byte, size_t n)
{
  char *to = target;
  const block piece = (block){} + (char)byte;
  if (n < 16)
    {
      for (size_t i = 0; i < n; i++)
        ((volatile char *)to)[i] = (char)byte;
      return target;
    }
  for (size_t i = 0; i < n - 16; i += 16)
    *(block *)(to + i) = piece;
  *(block *)(to + n - 16) = piece;
  return target;
}

/* fortify.h */

_Noreturn void
rt_fortify_fail (void)
{
  static const char text[] = "*** buffer overflow detected ***: terminated\n";
  (void)!write (STDERR_FILENO, text, sizeof text - 1);
  abort ();
}

/* The names are the compiler's; `room` is the size of the target. */
void *__memcpy_chk (void *restrict to, const void *restrict from, size_t n, size_t room);
void *__memmove_chk (void *to, const void *from, size_t n, size_t room);
void *__memset_chk (void *to, int byte, size_t n, size_t room);
char *__strcpy_chk (char *restrict to, const char *restrict from, size_t room);
char *__strcat_chk (char *restrict to, const char *restrict from, size_t room);
char *__strncpy_chk (char *restrict to, const char *restrict from, size_t n, size_t room);

static void
check (size_t n, size_t room)
{
  if (n > room)
    rt_fortify_fail ();
}

void *
__memcpy_chk (void *restrict to, const void *restrict from, size_t n, size_t room)
{
  check (n, room);
  return memcpy (to, from, n);
}

void *
__memmove_chk (void *to, const void *from, size_t n, size_t room)
{
  check (n, room);
  return memmove (to, from, n);
}

void *
__memset_chk (void *to, int byte, size_t n, size_t room)
{
  check (n, room);
  return memset (to, byte, n);
}

char *
__strcpy_chk (char *restrict to, const char *restrict from, size_t room)
{
  const size_t size = strlen (from) + 1;
  check (size, room);
  return memcpy (to, from, size);
}

char *
__strcat_chk (char *restrict to, const char *restrict from, size_t room)
{
  const size_t used = strlen (to), size = strlen (from) + 1;
  check (size, room < used ? 0 : room - used);
  memcpy (to + used, from, size);
  return to;
}

char *
__strncpy_chk (char *restrict to, const char *restrict from, size_t n, size_t room)
{
  check (n, room);
  return strncpy (to, from, n);
}

/* musl's sets close-on-exec a second time, for kernels that did not know O_CLOEXEC (before 2.6.23).
 */
int
open (const char *path, int flags, ...)
{
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
    {
      va_list args;
      va_start (args, flags);
      mode = va_arg (args, mode_t);
      va_end (args);
    }
  return openat (AT_FDCWD, path, flags, mode);
}

#else

/* A source file must not be empty. */
typedef int rt_musl_is_not_here;

#endif

/* journald: a datagram for each line (systemd, "Native Journal Protocol"), with Docker's fields. */
#include "monitor/logfile.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

int
mon_log_journal_open (mon_log *log, hd_err *err)
{
  static const struct sockaddr_un address = { AF_UNIX, JOURNAL_SOCKET };
  log->driver = &mon_log_journald;
  log->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (log->fd >= 0 && connect (log->fd, (const struct sockaddr *)&address, sizeof address) == 0)
    return 0;
  int errnum = errno;
  hd_closep (&log->fd);
  hd_err_set_errno (err, errnum, "connecting to the journal at " JOURNAL_SOCKET);
  snprintf (err->hint, sizeof err->hint, "use --log-driver=json-file");
  return -errnum;
}

static int
write_line (mon_log *log, const mon_line *stream, const char *text, size_t size, bool whole)
{
  const mon_config *c = log->config;
  char fields[2048];
  /* The message as bytes with their number: it may have any of them. */
  uint64_t length = htole64 (size);
  int n = snprintf (fields, sizeof fields,
                    "\nPRIORITY=%d\nCONTAINER_ID=%.12s\nCONTAINER_ID_FULL=%s\nCONTAINER_NAME=%s\n"
                    "CONTAINER_TAG=%s\nIMAGE_NAME=%.500s\nSYSLOG_IDENTIFIER=%s\n%s",
                    stream->priority, c->id, c->id, c->name, c->log_tag, c->image, c->log_tag,
                    whole ? "" : "CONTAINER_PARTIAL_MESSAGE=true\n");
  struct iovec parts[] = { { (void *)"MESSAGE\n", 8 },
                           { &length, sizeof length },
                           { (void *)text, size },
                           { fields, n < (int)sizeof fields ? (size_t)n : sizeof fields - 1 } };
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = 4 };
  return sendmsg (log->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

const mon_log_driver mon_log_journald = { write_line };

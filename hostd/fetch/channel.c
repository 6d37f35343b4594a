/* The channel to the engine. */
#include "fetch/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fs.h"

#define READ_BYTES 65536
#define MAX_FDS 16
/* Of one message: credentials and certificates are the largest. */
#define MAX_MESSAGE_BYTES (4u << 20)

struct _HdChannel
{
  int fd;
  GString *pending;
  GArray *fds; /* of int */
};

HdChannel *
hd_channel_new (int fd)
{
  HdChannel *channel = g_new0 (HdChannel, 1);
  channel->fd = fd;
  channel->pending = g_string_new (NULL);
  channel->fds = g_array_new (FALSE, FALSE, sizeof (int));
  return channel;
}

void
hd_channel_free (HdChannel *channel)
{
  if (channel == NULL)
    return;
  for (guint i = 0; i < channel->fds->len; i++)
    close (g_array_index (channel->fds, int, i));
  g_array_unref (channel->fds);
  g_string_free (channel->pending, TRUE);
  g_free (channel);
}

static void
keep_fds (HdChannel *channel, struct msghdr *header)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (header); c != NULL; c = CMSG_NXTHDR (header, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
      {
        int fds[MAX_FDS];
        gsize size = c->cmsg_len - CMSG_LEN (0);
        memcpy (fds, CMSG_DATA (c), MIN (size, sizeof fds));
        g_array_append_vals (channel->fds, fds, (guint)(MIN (size, sizeof fds) / sizeof (int)));
      }
}

gboolean
hd_channel_read (HdChannel *channel)
{
  char data[READ_BYTES];
  union
  {
    struct cmsghdr align;
    char room[CMSG_SPACE (MAX_FDS * sizeof (int))];
  } control;
  struct iovec vector = { data, sizeof data };
  struct msghdr header = { .msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof control.room };
  ssize_t n = recvmsg (channel->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR;
  keep_fds (channel, &header);
  g_string_append_len (channel->pending, data, n);
  return n > 0 && channel->pending->len <= MAX_MESSAGE_BYTES;
}

hd_json *
hd_channel_take (HdChannel *channel)
{
  const char *end = memchr (channel->pending->str, '\n', channel->pending->len);
  if (end == NULL)
    return NULL;
  gsize length = (gsize)(end - channel->pending->str);
  hd_json *message = hd_json_parse (channel->pending->str, length, NULL);
  g_string_erase (channel->pending, 0, (gssize)length + 1);
  return message;
}

int
hd_channel_take_fd (HdChannel *channel)
{
  if (channel->fds->len == 0)
    return -1;
  int fd = g_array_index (channel->fds, int, 0);
  g_array_remove_index (channel->fds, 0);
  return fd;
}

void
hd_channel_send (HdChannel *channel, hd_json *message)
{
  char *text = hd_json_to_text (message, false);
  gsize length = strlen (text);
  text[length] = '\n'; /* in the place of the NUL */
  (void)hd_fs_write_all (channel->fd, text, length + 1);
  free (text);
  hd_json_free (message);
}

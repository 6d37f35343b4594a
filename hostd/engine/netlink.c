/* A netlink socket and a batch of messages. */
#include "engine/netlink.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"

/* Address space for some 800,000 published ports in one batch; pages are used as they are filled.
 */
#define BATCH_BYTES (64u << 20)
/* One message: a set of elements is cut before it. */
#define MESSAGE_BYTES (64u << 10)
#define ANSWER_BYTES (64u << 10)
#define LINGER_NS 60000000

typedef struct
{
  const char *doing;
  int tolerated;
} Label;

struct _HdNetlink
{
  int fd;
  char *batch;
  gsize used;
  gboolean full; /* what came behind is lost: the batch fails */
  struct nlmsghdr *last;
  GArray *labels; /* of Label: one a message; its number is the index, counted from 1 */
};

HdNetlink *
hd_netlink_open (int protocol, guint port_id, GError **error)
{
  g_autoptr (HdNetlink) netlink = g_new0 (HdNetlink, 1);
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_pid = port_id };
  int one = 1, buffer = (int)BATCH_BYTES;
  netlink->labels = g_array_new (FALSE, FALSE, sizeof (Label));
  netlink->fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (netlink->fd < 0 || bind (netlink->fd, (struct sockaddr *)&address, sizeof address) < 0)
    {
      hd_throw_errno (error, errno, "opening a netlink socket");
      return NULL;
    }
  setsockopt (netlink->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
  setsockopt (netlink->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
  setsockopt (netlink->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  return g_steal_pointer (&netlink);
}

void
hd_netlink_free (HdNetlink *netlink)
{
  if (netlink == NULL)
    return;
  hd_closep (&netlink->fd);
  g_array_unref (netlink->labels);
  free (netlink->batch);
  g_free (netlink);
}

void
hd_netlink_free_later (HdNetlink *netlink)
{
  const struct timespec linger = { .tv_nsec = LINGER_NS };
  unsigned fd = netlink != NULL ? (unsigned)netlink->fd : 0;
  if (netlink != NULL && fork () == 0)
    {
      /* Neither locks nor pipes of the parent. */
      if (fd > 0)
        close_range (0, fd - 1, 0);
      close_range (fd + 1, UINT_MAX, 0);
      nanosleep (&linger, NULL);
      _exit (0);
    }
  hd_netlink_free (netlink);
}

int
hd_netlink_fd (const HdNetlink *netlink)
{
  return netlink->fd;
}

/* Count the attributes of the message that was added last. */
static void
finish_last (HdNetlink *netlink)
{
  if (netlink->last != NULL)
    netlink->used
        = (gsize)((char *)netlink->last - netlink->batch) + MNL_ALIGN (netlink->last->nlmsg_len);
  netlink->last = NULL;
}

struct nlmsghdr *
hd_netlink_add (HdNetlink *netlink, guint16 type, guint16 flags, const void *body, gsize size,
                const char *doing)
{
  Label label = { doing, 0 };
  if (netlink->batch == NULL)
    {
      netlink->batch = calloc (1, BATCH_BYTES); /* untouched pages cost nothing */
      g_assert (netlink->batch != NULL);
    }
  finish_last (netlink);
  if (netlink->used + 2 * MESSAGE_BYTES > BATCH_BYTES)
    {
      netlink->full = TRUE;
      netlink->used = 0;
    }
  struct nlmsghdr *message = mnl_nlmsg_put_header (netlink->batch + netlink->used);
  g_array_append_val (netlink->labels, label);
  message->nlmsg_type = type;
  message->nlmsg_flags = (guint16)(flags | NLM_F_REQUEST);
  message->nlmsg_seq = netlink->labels->len;
  if (body != NULL)
    memcpy (mnl_nlmsg_put_extra_header (message, size), body, size);
  netlink->last = message;
  return message;
}

void
hd_netlink_tolerate (HdNetlink *netlink, int errnum)
{
  g_array_index (netlink->labels, Label, netlink->labels->len - 1).tolerated = errnum;
}

/* The kernel's words about an error, or NULL. With NETLINK_CAP_ACK the header alone comes back. */
static const char *
kernel_words (const struct nlmsghdr *message)
{
  struct nlattr *attribute;
  if ((message->nlmsg_flags & NLM_F_ACK_TLVS) == 0)
    return NULL;
  mnl_attr_for_each (attribute, message, sizeof (struct nlmsgerr))
    if (mnl_attr_get_type (attribute) == NLMSGERR_ATTR_MSG
        && mnl_attr_validate (attribute, MNL_TYPE_NUL_STRING) >= 0)
      return mnl_attr_get_str (attribute);
  return NULL;
}

/* Whether an answer is an error that counts, which is set then. */
static gboolean
is_error (HdNetlink *netlink, const struct nlmsghdr *message, int *ret_errno, GError **error)
{
  if (message->nlmsg_type != NLMSG_ERROR
      || mnl_nlmsg_get_payload_len (message) < sizeof (struct nlmsgerr))
    return FALSE;
  const struct nlmsgerr *answer = mnl_nlmsg_get_payload (message);
  guint index = answer->msg.nlmsg_seq;
  const Label *label = index >= 1 && index <= netlink->labels->len
                           ? &g_array_index (netlink->labels, Label, index - 1)
                           : NULL;
  if (answer->error == 0 || (label != NULL && label->tolerated == -answer->error))
    return FALSE;
  const char *doing = label != NULL && label->doing != NULL ? label->doing : "asking the kernel";
  const char *words = kernel_words (message);
  if (words != NULL)
    hd_throw_errno (error, -answer->error, "%s (%s)", doing, words);
  else
    hd_throw_errno (error, -answer->error, "%s", doing);
  if (ret_errno != NULL)
    *ret_errno = -answer->error;
  return TRUE;
}

static gboolean
send_batch (HdNetlink *netlink, GError **error)
{
  gboolean full = netlink->full;
  finish_last (netlink);
  if (netlink->used == 0 && !full)
    return TRUE;
  ssize_t sent = full ? 0 : send (netlink->fd, netlink->batch, netlink->used, 0);
  netlink->used = 0;
  netlink->full = FALSE;
  if (full)
    return hd_throw (error, HD_NO_SPACE, "publish fewer ports",
                     "there are more published ports than one transaction holds");
  return sent >= 0 || hd_throw_errno (error, errno, "asking the kernel by netlink");
}

gboolean
hd_netlink_send (HdNetlink *netlink, int *ret_errno, GError **error)
{
  _Alignas(struct nlmsghdr) char answer[8192];
  gboolean good = TRUE;
  if (!send_batch (netlink, error))
    {
      g_array_set_size (netlink->labels, 0);
      return FALSE;
    }
  for (;;)
    {
      ssize_t n = recv (netlink->fd, answer, sizeof answer, MSG_DONTWAIT);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          if (errno != EAGAIN && good)
            good = hd_throw_errno (error, errno, "reading the kernel's answers");
          break;
        }
      int left = (int)n;
      for (const struct nlmsghdr *message = (const void *)answer; mnl_nlmsg_ok (message, left);
           message = mnl_nlmsg_next (message, &left))
        if (good && is_error (netlink, message, ret_errno, error))
          good = FALSE;
    }
  g_array_set_size (netlink->labels, 0);
  return good;
}

gboolean
hd_netlink_dump (HdNetlink *netlink, void (*visit) (const struct nlmsghdr *message, gpointer data),
                 gpointer data, GError **error)
{
  g_autofree char *answer = g_malloc (ANSWER_BYTES);
  netlink->last->nlmsg_flags |= NLM_F_DUMP;
  if (!send_batch (netlink, error))
    return FALSE;
  for (;;)
    {
      ssize_t n = recv (netlink->fd, answer, ANSWER_BYTES, 0);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return hd_throw_errno (error, n < 0 ? errno : EPROTO, "reading the kernel's answers");
      int left = (int)n;
      for (const struct nlmsghdr *message = (const void *)answer; mnl_nlmsg_ok (message, left);
           message = mnl_nlmsg_next (message, &left))
        {
          gboolean failed = is_error (netlink, message, NULL, error);
          if (failed || message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
            {
              g_array_set_size (netlink->labels, 0);
              return !failed;
            }
          visit (message, data);
        }
    }
}

/* The parts of a template: words to nodes (format-parse.c), nodes to text (format.c), functions
 * (format-function.c). */
#pragma once

#include "engine/format.h"

typedef enum
{
  HD_TERM_DOT,      /* . with fields behind it */
  HD_TERM_VARIABLE, /* $x with fields */
  HD_TERM_LITERAL,
  HD_TERM_FUNCTION, /* a name: first of a command */
  HD_TERM_PIPE      /* ( ... ) with fields */
} HdTermKind;

typedef struct HdPipe HdPipe;

typedef struct
{
  HdTermKind kind;
  char *name;        /* of a variable (without $) or a function */
  GPtrArray *fields; /* of char * */
  hd_json *literal;
  HdPipe *pipe;
} HdTerm;

/* A command is a list of terms; a pipe a list of commands. */
struct HdPipe
{
  GPtrArray *commands;  /* of GPtrArray of HdTerm */
  GPtrArray *variables; /* of char *: what it is assigned to */
};

typedef enum
{
  HD_NODE_TEXT,
  HD_NODE_PIPE,
  HD_NODE_IF,
  HD_NODE_RANGE,
  HD_NODE_WITH
} HdNodeKind;

typedef struct
{
  HdNodeKind kind;
  char *text;
  HdPipe *pipe;
  GPtrArray *body; /* of HdNode */
  GPtrArray *otherwise;
} HdNode;

struct _HdFormat
{
  GPtrArray *nodes;
};

HdPipe *hd_pipe_new (void);
void hd_pipe_free (HdPipe *pipe);

/* Call a function by name. `args` has n values; the result is new. NULL with HD_USAGE. */
hd_json *hd_format_call (const char *name, const hd_json *const *args, gsize n, GError **error);
gboolean hd_format_is_function (const char *name);
/* As Go prints it: strings bare, maps as map[k:v], lists as [a b]. */
void hd_format_print (const hd_json *value, GString *out);
/* Empty strings, lists and maps, 0, false and null are not. */
gboolean hd_format_is_true (const hd_json *value);

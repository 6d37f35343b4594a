/* The tables of the store, each defined in the file of its noun, in the order of their references.
 *
 * A schema is SQL that makes the tables, indices and rows of a noun in an empty database. A change
 * of any of them raises HD_SCHEMA_VERSION and adds a step to store.c.
 */
#pragma once

#define HD_SCHEMA_VERSION 1

extern const char hd_layer_schema[];
extern const char hd_image_schema[];
extern const char hd_container_schema[]; /* refers to image */

extern const char hd_network_schema[];
extern const char hd_endpoint_schema[]; /* refers to container, network */
extern const char hd_port_schema[];     /* refers to container */
extern const char hd_volume_schema[];   /* refers to container */

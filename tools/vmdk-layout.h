/* Numbers of the streamOptimized VMDK that writer and reader share. */
#pragma once

#include <glib.h>

#define HD_SECTOR 512u
#define HD_VMDK_GRAIN_SECTORS 128u
#define HD_VMDK_TABLE_GRAINS 512u
#define HD_VMDK_DESCRIPTOR_SECTORS 20u
#define HD_VMDK_FLAGS 0x30001u /* new line test is valid, compressed, has markers */
#define HD_VMDK_DIRECTORY_AT_END G_MAXUINT64
#define HD_VMDK_GRAIN_HEAD_BYTES 12u

enum
{
  HD_VMDK_MARKER_END,
  HD_VMDK_MARKER_TABLE,
  HD_VMDK_MARKER_DIRECTORY,
  HD_VMDK_MARKER_FOOTER
};

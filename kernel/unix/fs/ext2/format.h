/*
 * What an ext2 file system looks like on the disk (little-endian, as is this
 * machine).
 *
 *	boot | super | group descriptors | block bitmap | inode bitmap |
 *	inode table | data ...      and again for each group of blocks
 */
#pragma once

#include "core/base/types.h"

#define EXT2_SUPER_OFFSET	1024
#define EXT2_SUPER_BYTES	1024
#define EXT2_MAGIC		0xef53

#define EXT2_STATE_VALID	0x0001
#define EXT2_STATE_ERROR	0x0002

#define EXT2_INCOMPAT_FILETYPE	0x0002
#define EXT2_RO_SPARSE_SUPER	0x0001
#define EXT2_RO_LARGE_FILE	0x0002

#define EXT2_ROOT_INODE		2
#define EXT2_FIRST_INODE_OLD	11	/* of revision 0 */
#define EXT2_INODE_BYTES_OLD	128
#define EXT2_LINKS_MAX		32000
#define EXT2_NAME_MAX		255

struct ext2_super {
	uint32_t inodes_count;
	uint32_t blocks_count;
	uint32_t reserved_blocks;
	uint32_t free_blocks;
	uint32_t free_inodes;
	uint32_t first_data_block;
	uint32_t log_block_size;	/* 1024 << this */
	uint32_t log_cluster_size;
	uint32_t blocks_per_group;
	uint32_t clusters_per_group;
	uint32_t inodes_per_group;
	uint32_t mount_time;
	uint32_t write_time;
	uint16_t mount_count;
	uint16_t mount_count_max;
	uint16_t magic;
	uint16_t state;
	uint16_t errors;
	uint16_t minor_revision;
	uint32_t check_time;
	uint32_t check_interval;
	uint32_t creator;
	uint32_t revision;
	uint16_t reserved_uid;
	uint16_t reserved_gid;
	/* from here on: revision 1 */
	uint32_t first_inode;
	uint16_t inode_bytes;
	uint16_t this_group;
	uint32_t compat;
	uint32_t incompat;
	uint32_t ro_compat;
	uint8_t unused[1024 - 104];
};

struct ext2_group {
	uint32_t block_bitmap;
	uint32_t inode_bitmap;
	uint32_t inode_table;
	uint16_t free_blocks;
	uint16_t free_inodes;
	uint16_t directories;
	uint16_t flags;
	uint8_t unused[12];
};

#define EXT2_DIRECT	12		/* pointers to data */
#define EXT2_POINTERS	15		/* and one, two, three levels more */

#define EXT2_FLAG_INDEXED 0x00001000	/* a directory with a hash tree */

struct ext2_inode {
	uint16_t mode;
	uint16_t uid;
	uint32_t size;
	uint32_t access_time;
	uint32_t change_time;
	uint32_t modify_time;
	uint32_t delete_time;
	uint16_t gid;
	uint16_t nlinks;
	uint32_t sectors;		/* of 512 bytes, pointers included */
	uint32_t flags;
	uint32_t reserved1;
	uint32_t pointers[EXT2_POINTERS];
	uint32_t generation;
	uint32_t attributes_block;
	uint32_t size_high;		/* of files, revision 1 */
	uint32_t fragment;
	uint16_t sectors_high;
	uint16_t attributes_high;
	uint16_t uid_high;
	uint16_t gid_high;
	uint32_t checksum;
};

/* What follows in inodes of more than 128 bytes; extra_bytes says how much of
 * it is there.  A stamp's extra: nanoseconds << 2 | bits 32, 33 of seconds. */
struct ext2_inode_extra {
	uint16_t extra_bytes;
	uint16_t checksum_high;
	uint32_t change_extra;
	uint32_t modify_extra;
	uint32_t access_extra;
	uint32_t birth_time;
	uint32_t birth_extra;
	uint32_t version_high;
	uint32_t project;
};


/* A directory block is full of records; inode 0: free. */
struct ext2_record {
	uint32_t inode;
	uint16_t nbytes;		/* to the next record */
	uint8_t name_len;
	uint8_t type;			/* or the length's high byte */
	char name[];
};

#define EXT2_RECORD_BYTES	8

/* An attributes block, as far as one who frees it must know. */
#define EXT2_ATTRIBUTES_MAGIC	0xea020000

struct ext2_attributes {
	uint32_t magic;
	uint32_t refs;
};

_Static_assert(sizeof(struct ext2_super) == 1024, "super block");
_Static_assert(sizeof(struct ext2_group) == 32, "group descriptor");
_Static_assert(sizeof(struct ext2_inode) == 128, "inode");
_Static_assert(sizeof(struct ext2_inode_extra) == 32, "inode's extra part");
_Static_assert(sizeof(struct ext2_record) == EXT2_RECORD_BYTES, "record");

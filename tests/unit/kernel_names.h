/* SPDX-License-Identifier: Apache-2.0 */
/* Names of catalog/flags that only the kernel's own headers have, which no program sees. */
#ifndef RATEL_TESTS_KERNEL_NAMES_H
#define RATEL_TESTS_KERNEL_NAMES_H

/* include/linux/fsnotify_backend.h, include/linux/pipe_fs_i.h */
#define FSNOTIFY_OBJ_TYPE_INODE    0
#define FSNOTIFY_OBJ_TYPE_VFSMOUNT 1
#define FSNOTIFY_OBJ_TYPE_SB       2
#define FSNOTIFY_OBJ_TYPE_MNTNS    3
#define PIPE_BUF_FLAG_LRU          0x01
#define PIPE_BUF_FLAG_ATOMIC       0x02
#define PIPE_BUF_FLAG_GIFT         0x04
#define PIPE_BUF_FLAG_PACKET       0x08
#define PIPE_BUF_FLAG_CAN_MERGE    0x10
#define PIPE_BUF_FLAG_WHOLE        0x20
#define PIPE_BUF_FLAG_LOSS         0x40

#endif

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

/* Operations of io_uring that older headers lack: enumerators there, so that no #ifndef tells. */
#define IORING_OP_READ_MULTISHOT   49
#define IORING_OP_WAITID           50
#define IORING_OP_FUTEX_WAIT       51
#define IORING_OP_FUTEX_WAKE       52
#define IORING_OP_FUTEX_WAITV      53
#define IORING_OP_FIXED_FD_INSTALL 54
#define IORING_OP_FTRUNCATE        55
#define IORING_OP_BIND             56
#define IORING_OP_LISTEN           57
#define IORING_OP_RECV_ZC          58
#define IORING_OP_EPOLL_WAIT       59
#define IORING_OP_READV_FIXED      60
#define IORING_OP_WRITEV_FIXED     61
#define IORING_OP_PIPE             62
#define IORING_OP_NOP128           63
#define IORING_OP_URING_CMD128     64

#endif

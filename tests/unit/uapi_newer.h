/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of catalog/flags that older user-space headers, or those of another
 * architecture, lack: they stand for themselves, so that the
 * table can be compared by the compiler. Where the headers have a name, it is theirs that counts.
 */
#ifndef RATEL_TESTS_UAPI_NEWER_H
#define RATEL_TESTS_UAPI_NEWER_H

#ifndef ARCH_ENABLE_TAGGED_ADDR
#define ARCH_ENABLE_TAGGED_ADDR 0x4002
#endif
#ifndef ARCH_FORCE_TAGGED_SVA
#define ARCH_FORCE_TAGGED_SVA 0x4004
#endif
#ifndef ARCH_GET_MAX_TAG_BITS
#define ARCH_GET_MAX_TAG_BITS 0x4003
#endif
#ifndef ARCH_GET_UNTAG_MASK
#define ARCH_GET_UNTAG_MASK 0x4001
#endif
#ifndef ARCH_SHSTK_DISABLE
#define ARCH_SHSTK_DISABLE 0x5002
#endif
#ifndef ARCH_SHSTK_ENABLE
#define ARCH_SHSTK_ENABLE 0x5001
#endif
#ifndef ARCH_SHSTK_LOCK
#define ARCH_SHSTK_LOCK 0x5003
#endif
#ifndef ARCH_SHSTK_STATUS
#define ARCH_SHSTK_STATUS 0x5005
#endif
#ifndef ARCH_SHSTK_UNLOCK
#define ARCH_SHSTK_UNLOCK 0x5004
#endif
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif
#ifndef AT_HANDLE_CONNECTABLE
#define AT_HANDLE_CONNECTABLE 2
#endif
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif
#ifndef AT_HANDLE_MNT_ID_UNIQUE
#define AT_HANDLE_MNT_ID_UNIQUE 1
#endif
#ifndef BPF_PROG_STREAM_READ_BY_FD
#define BPF_PROG_STREAM_READ_BY_FD 37
#endif
#ifndef BPF_TOKEN_CREATE
#define BPF_TOKEN_CREATE 36
#endif
#ifndef EFD_CLOEXEC
#define EFD_CLOEXEC 0x80000
#endif
#ifndef EFD_NONBLOCK
#define EFD_NONBLOCK 0x800
#endif
#ifndef EFD_SEMAPHORE
#define EFD_SEMAPHORE 1
#endif
#ifndef FALLOC_FL_WRITE_ZEROES
#define FALLOC_FL_WRITE_ZEROES 0x80
#endif
#ifndef FAN_MARK_MNTNS
#define FAN_MARK_MNTNS 0x110
#endif
#ifndef FAN_MNT_ATTACH
#define FAN_MNT_ATTACH 0x1000000
#endif
#ifndef FAN_MNT_DETACH
#define FAN_MNT_DETACH 0x2000000
#endif
#ifndef FAN_PRE_ACCESS
#define FAN_PRE_ACCESS 0x100000
#endif
#ifndef FAN_REPORT_FD_ERROR
#define FAN_REPORT_FD_ERROR 0x2000
#endif
#ifndef FAN_REPORT_MNT
#define FAN_REPORT_MNT 0x4000
#endif
#ifndef FSCONFIG_CMD_CREATE_EXCL
#define FSCONFIG_CMD_CREATE_EXCL 8
#endif
#ifndef FUTEX2_MPOL
#define FUTEX2_MPOL 8
#endif
#ifndef FUTEX2_NUMA
#define FUTEX2_NUMA 4
#endif
#ifndef FUTEX2_PRIVATE
#define FUTEX2_PRIVATE 0x80
#endif
#ifndef FUTEX2_SIZE_U16
#define FUTEX2_SIZE_U16 1
#endif
#ifndef FUTEX2_SIZE_U32
#define FUTEX2_SIZE_U32 2
#endif
#ifndef FUTEX2_SIZE_U64
#define FUTEX2_SIZE_U64 3
#endif
#ifndef FUTEX2_SIZE_U8
#define FUTEX2_SIZE_U8 0
#endif
#ifndef F_CREATED_QUERY
#define F_CREATED_QUERY 1028
#endif
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY 1027
#endif
#ifndef F_GETDELEG
#define F_GETDELEG 1039
#endif
#ifndef F_GETLK64
#define F_GETLK64 12
#endif
#ifndef F_SETDELEG
#define F_SETDELEG 1040
#endif
#ifndef F_SETLK64
#define F_SETLK64 13
#endif
#ifndef F_SETLKW64
#define F_SETLKW64 14
#endif
#ifndef IOPRIO_CLASS_BE
#define IOPRIO_CLASS_BE 0x4000
#endif
#ifndef IOPRIO_CLASS_IDLE
#define IOPRIO_CLASS_IDLE 0x6000
#endif
#ifndef IOPRIO_CLASS_NONE
#define IOPRIO_CLASS_NONE 0
#endif
#ifndef IOPRIO_CLASS_RT
#define IOPRIO_CLASS_RT 0x2000
#endif
#ifndef IORING_ENTER_ABS_TIMER
#define IORING_ENTER_ABS_TIMER 0x20
#endif
#ifndef IORING_ENTER_EXT_ARG_REG
#define IORING_ENTER_EXT_ARG_REG 0x40
#endif
#ifndef IORING_ENTER_NO_IOWAIT
#define IORING_ENTER_NO_IOWAIT 0x80
#endif
#ifndef IORING_REGISTER_CLOCK
#define IORING_REGISTER_CLOCK 0x1d
#endif
#ifndef IORING_REGISTER_CLONE_BUFFERS
#define IORING_REGISTER_CLONE_BUFFERS 0x1e
#endif
#ifndef IORING_REGISTER_MEM_REGION
#define IORING_REGISTER_MEM_REGION 0x22
#endif
#ifndef IORING_REGISTER_NAPI
#define IORING_REGISTER_NAPI 0x1b
#endif
#ifndef IORING_REGISTER_PBUF_STATUS
#define IORING_REGISTER_PBUF_STATUS 0x1a
#endif
#ifndef IORING_REGISTER_QUERY
#define IORING_REGISTER_QUERY 0x23
#endif
#ifndef IORING_REGISTER_RESIZE_RINGS
#define IORING_REGISTER_RESIZE_RINGS 0x21
#endif
#ifndef IORING_REGISTER_SEND_MSG_RING
#define IORING_REGISTER_SEND_MSG_RING 0x1f
#endif
#ifndef IORING_REGISTER_USE_REGISTERED_RING
#define IORING_REGISTER_USE_REGISTERED_RING 0x80000000
#endif
#ifndef IORING_REGISTER_ZCRX_IFQ
#define IORING_REGISTER_ZCRX_IFQ 0x20
#endif
#ifndef IORING_UNREGISTER_NAPI
#define IORING_UNREGISTER_NAPI 0x1c
#endif
#ifndef IPC_64
#define IPC_64 0x100
#endif
#ifndef IPPROTO_L2TP
#define IPPROTO_L2TP 115
#endif
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif
#ifndef KEXEC_CRASH_HOTPLUG_SUPPORT
#define KEXEC_CRASH_HOTPLUG_SUPPORT 8
#endif
#ifndef KEXEC_FILE_DEBUG
#define KEXEC_FILE_DEBUG 8
#endif
#ifndef KEXEC_FILE_FORCE_DTB
#define KEXEC_FILE_FORCE_DTB 0x20
#endif
#ifndef KEXEC_FILE_NO_CMA
#define KEXEC_FILE_NO_CMA 0x10
#endif
#ifndef KEXEC_UPDATE_ELFCOREHDR
#define KEXEC_UPDATE_ELFCOREHDR 4
#endif
#ifndef LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON
#define LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON 2
#endif
#ifndef LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF
#define LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF 1
#endif
#ifndef LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF
#define LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF 4
#endif
#ifndef LANDLOCK_RULE_NET_PORT
#define LANDLOCK_RULE_NET_PORT 2
#endif
#ifndef LSM_ATTR_CURRENT
#define LSM_ATTR_CURRENT 100
#endif
#ifndef LSM_ATTR_EXEC
#define LSM_ATTR_EXEC 101
#endif
#ifndef LSM_ATTR_FSCREATE
#define LSM_ATTR_FSCREATE 102
#endif
#ifndef LSM_ATTR_KEYCREATE
#define LSM_ATTR_KEYCREATE 103
#endif
#ifndef LSM_ATTR_PREV
#define LSM_ATTR_PREV 104
#endif
#ifndef LSM_ATTR_SOCKCREATE
#define LSM_ATTR_SOCKCREATE 105
#endif
#ifndef LSM_ATTR_UNDEF
#define LSM_ATTR_UNDEF 0
#endif
#ifndef LSM_FLAG_SINGLE
#define LSM_FLAG_SINGLE 1
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_GUARD_REMOVE
#define MADV_GUARD_REMOVE 103
#endif
#ifndef MAP_32BIT
#define MAP_32BIT 0x40
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8
#endif
#ifndef MEMBARRIER_CMD_GET_REGISTRATIONS
#define MEMBARRIER_CMD_GET_REGISTRATIONS 512
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8
#endif
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef MNT_EXPIRE
#define MNT_EXPIRE 4
#endif
#ifndef MNT_FORCE
#define MNT_FORCE 1
#endif
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x200
#endif
#ifndef MPOL_WEIGHTED_INTERLEAVE
#define MPOL_WEIGHTED_INTERLEAVE 6
#endif
#ifndef MSG_CMSG_COMPAT
#define MSG_CMSG_COMPAT 0x80000000
#endif
#ifndef MSG_SOCK_DEVMEM
#define MSG_SOCK_DEVMEM 0x2000000
#endif
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP 4
#endif
#ifndef PIDFD_SIGNAL_THREAD
#define PIDFD_SIGNAL_THREAD 1
#endif
#ifndef PIDFD_SIGNAL_THREAD_GROUP
#define PIDFD_SIGNAL_THREAD_GROUP 2
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD 0x80
#endif
#ifndef PKEY_DISABLE_EXECUTE
#define PKEY_DISABLE_EXECUTE 4
#endif
#ifndef PKEY_DISABLE_READ
#define PKEY_DISABLE_READ 8
#endif
#ifndef PROT_BTI
#define PROT_BTI 0x10
#endif
#ifndef PROT_MTE
#define PROT_MTE 0x20
#endif
#ifndef PR_FUTEX_HASH
#define PR_FUTEX_HASH 78
#endif
#ifndef PR_GET_AUXV
#define PR_GET_AUXV 0x41555856
#endif
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif
#ifndef PR_GET_MEMORY_MERGE
#define PR_GET_MEMORY_MERGE 68
#endif
#ifndef PR_GET_SHADOW_STACK_STATUS
#define PR_GET_SHADOW_STACK_STATUS 74
#endif
#ifndef PR_LOCK_SHADOW_STACK_STATUS
#define PR_LOCK_SHADOW_STACK_STATUS 76
#endif
#ifndef PR_PPC_GET_DEXCR
#define PR_PPC_GET_DEXCR 72
#endif
#ifndef PR_PPC_SET_DEXCR
#define PR_PPC_SET_DEXCR 73
#endif
#ifndef PR_RISCV_SET_ICACHE_FLUSH_CTX
#define PR_RISCV_SET_ICACHE_FLUSH_CTX 71
#endif
#ifndef PR_RISCV_V_GET_CONTROL
#define PR_RISCV_V_GET_CONTROL 70
#endif
#ifndef PR_RISCV_V_SET_CONTROL
#define PR_RISCV_V_SET_CONTROL 69
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif
#ifndef PR_SET_SHADOW_STACK_STATUS
#define PR_SET_SHADOW_STACK_STATUS 75
#endif
#ifndef PR_TIMER_CREATE_RESTORE_IDS
#define PR_TIMER_CREATE_RESTORE_IDS 77
#endif
#ifndef PTRACE_SET_SYSCALL_INFO
#define PTRACE_SET_SYSCALL_INFO 0x4212
#endif
#ifndef Q_GETFMT
#define Q_GETFMT 0x80000400
#endif
#ifndef Q_GETINFO
#define Q_GETINFO 0x80000500
#endif
#ifndef Q_GETNEXTQUOTA
#define Q_GETNEXTQUOTA 0x80000900
#endif
#ifndef Q_GETQUOTA
#define Q_GETQUOTA 0x80000700
#endif
#ifndef Q_QUOTAOFF
#define Q_QUOTAOFF 0x80000300
#endif
#ifndef Q_QUOTAON
#define Q_QUOTAON 0x80000200
#endif
#ifndef Q_SETINFO
#define Q_SETINFO 0x80000600
#endif
#ifndef Q_SETQUOTA
#define Q_SETQUOTA 0x80000800
#endif
#ifndef Q_SYNC
#define Q_SYNC 0x80000100
#endif
#ifndef Q_XGETNEXTQUOTA
#define Q_XGETNEXTQUOTA 0x580900
#endif
#ifndef Q_XGETQSTAT
#define Q_XGETQSTAT 0x580500
#endif
#ifndef Q_XGETQSTATV
#define Q_XGETQSTATV 0x580800
#endif
#ifndef Q_XGETQUOTA
#define Q_XGETQUOTA 0x580300
#endif
#ifndef Q_XQUOTAOFF
#define Q_XQUOTAOFF 0x580200
#endif
#ifndef Q_XQUOTAON
#define Q_XQUOTAON 0x580100
#endif
#ifndef Q_XQUOTARM
#define Q_XQUOTARM 0x580600
#endif
#ifndef Q_XQUOTASYNC
#define Q_XQUOTASYNC 0x580700
#endif
#ifndef Q_XSETQLIM
#define Q_XSETQLIM 0x580400
#endif
#ifndef RSEQ_FLAG_SLICE_EXT_DEFAULT_ON
#define RSEQ_FLAG_SLICE_EXT_DEFAULT_ON 2
#endif
#ifndef RWF_ATOMIC
#define RWF_ATOMIC 0x40
#endif
#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80
#endif
#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20
#endif
#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x100
#endif
#ifndef SA_EXPOSE_TAGBITS
#define SA_EXPOSE_TAGBITS 0x800
#endif
#ifndef SA_RESTORER
#define SA_RESTORER 0x4000000
#endif
#ifndef SA_UNSUPPORTED
#define SA_UNSUPPORTED 0x400
#endif
#ifndef SCHED_EXT
#define SCHED_EXT 7
#endif
#ifndef SFD_CLOEXEC
#define SFD_CLOEXEC 0x80000
#endif
#ifndef SFD_NONBLOCK
#define SFD_NONBLOCK 0x800
#endif
#ifndef SHADOW_STACK_SET_MARKER
#define SHADOW_STACK_SET_MARKER 2
#endif
#ifndef SHADOW_STACK_SET_TOKEN
#define SHADOW_STACK_SET_TOKEN 1
#endif
#ifndef SOL_ATALK
#define SOL_ATALK 258
#endif
#ifndef SOL_AX25
#define SOL_AX25 257
#endif
#ifndef SOL_IPX
#define SOL_IPX 256
#endif
#ifndef SOL_NETROM
#define SOL_NETROM 259
#endif
#ifndef SOL_ROSE
#define SOL_ROSE 260
#endif
#ifndef SOL_SCTP
#define SOL_SCTP 132
#endif
#ifndef SOL_TCP
#define SOL_TCP 6
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef SOL_UDPLITE
#define SOL_UDPLITE 136
#endif
#ifndef SOL_VSOCK
#define SOL_VSOCK 287
#endif
#ifndef SO_DEVMEM_DMABUF
#define SO_DEVMEM_DMABUF 79
#endif
#ifndef SO_DEVMEM_DONTNEED
#define SO_DEVMEM_DONTNEED 80
#endif
#ifndef SO_DEVMEM_LINEAR
#define SO_DEVMEM_LINEAR 78
#endif
#ifndef SO_INQ
#define SO_INQ 84
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82
#endif
#ifndef SPLICE_F_GIFT
#define SPLICE_F_GIFT 8
#endif
#ifndef SPLICE_F_MORE
#define SPLICE_F_MORE 4
#endif
#ifndef SPLICE_F_MOVE
#define SPLICE_F_MOVE 1
#endif
#ifndef SPLICE_F_NONBLOCK
#define SPLICE_F_NONBLOCK 2
#endif
#ifndef STATX_DIO_READ_ALIGN
#define STATX_DIO_READ_ALIGN 0x20000
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000
#endif
#ifndef STATX_SUBVOL
#define STATX_SUBVOL 0x8000
#endif
#ifndef STATX_WRITE_ATOMIC
#define STATX_WRITE_ATOMIC 0x10000
#endif
#ifndef SWAP_FLAG_DISCARD
#define SWAP_FLAG_DISCARD 0x10000
#endif
#ifndef SWAP_FLAG_DISCARD_ONCE
#define SWAP_FLAG_DISCARD_ONCE 0x20000
#endif
#ifndef SWAP_FLAG_DISCARD_PAGES
#define SWAP_FLAG_DISCARD_PAGES 0x40000
#endif
#ifndef SWAP_FLAG_PREFER
#define SWAP_FLAG_PREFER 0x8000
#endif
#ifndef SYSFS_COUNT
#define SYSFS_COUNT 3
#endif
#ifndef SYSFS_INDEX_OF
#define SYSFS_INDEX_OF 1
#endif
#ifndef SYSFS_NAME_OF
#define SYSFS_NAME_OF 2
#endif
#ifndef SYSLOG_ACTION_CLEAR
#define SYSLOG_ACTION_CLEAR 5
#endif
#ifndef SYSLOG_ACTION_CLOSE
#define SYSLOG_ACTION_CLOSE 0
#endif
#ifndef SYSLOG_ACTION_CONSOLE_LEVEL
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#endif
#ifndef SYSLOG_ACTION_CONSOLE_OFF
#define SYSLOG_ACTION_CONSOLE_OFF 6
#endif
#ifndef SYSLOG_ACTION_CONSOLE_ON
#define SYSLOG_ACTION_CONSOLE_ON 7
#endif
#ifndef SYSLOG_ACTION_OPEN
#define SYSLOG_ACTION_OPEN 1
#endif
#ifndef SYSLOG_ACTION_READ
#define SYSLOG_ACTION_READ 2
#endif
#ifndef SYSLOG_ACTION_READ_ALL
#define SYSLOG_ACTION_READ_ALL 3
#endif
#ifndef SYSLOG_ACTION_READ_CLEAR
#define SYSLOG_ACTION_READ_CLEAR 4
#endif
#ifndef SYSLOG_ACTION_SIZE_BUFFER
#define SYSLOG_ACTION_SIZE_BUFFER 10
#endif
#ifndef SYSLOG_ACTION_SIZE_UNREAD
#define SYSLOG_ACTION_SIZE_UNREAD 9
#endif
#ifndef SIG_HND /* what Tracee calls a handler of the program */
#define SIG_HND 2
#endif
#ifndef TRACE_SIGNAL_ALREADY_PENDING
#define TRACE_SIGNAL_ALREADY_PENDING 2
#endif
#ifndef TRACE_SIGNAL_DELIVERED
#define TRACE_SIGNAL_DELIVERED 0
#endif
#ifndef TRACE_SIGNAL_IGNORED
#define TRACE_SIGNAL_IGNORED 1
#endif
#ifndef TRACE_SIGNAL_LOSE_INFO
#define TRACE_SIGNAL_LOSE_INFO 4
#endif
#ifndef TRACE_SIGNAL_OVERFLOW_FAIL
#define TRACE_SIGNAL_OVERFLOW_FAIL 3
#endif
#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

/* Names that only the headers of x86 have. */
#ifndef ARCH_GET_CPUID
#define ARCH_GET_CPUID 0x1011
#endif
#ifndef ARCH_GET_FS
#define ARCH_GET_FS 0x1003
#endif
#ifndef ARCH_GET_GS
#define ARCH_GET_GS 0x1004
#endif
#ifndef ARCH_GET_XCOMP_GUEST_PERM
#define ARCH_GET_XCOMP_GUEST_PERM 0x1024
#endif
#ifndef ARCH_GET_XCOMP_PERM
#define ARCH_GET_XCOMP_PERM 0x1022
#endif
#ifndef ARCH_GET_XCOMP_SUPP
#define ARCH_GET_XCOMP_SUPP 0x1021
#endif
#ifndef ARCH_MAP_VDSO_32
#define ARCH_MAP_VDSO_32 0x2002
#endif
#ifndef ARCH_MAP_VDSO_64
#define ARCH_MAP_VDSO_64 0x2003
#endif
#ifndef ARCH_MAP_VDSO_X32
#define ARCH_MAP_VDSO_X32 0x2001
#endif
#ifndef ARCH_REQ_XCOMP_GUEST_PERM
#define ARCH_REQ_XCOMP_GUEST_PERM 0x1025
#endif
#ifndef ARCH_REQ_XCOMP_PERM
#define ARCH_REQ_XCOMP_PERM 0x1023
#endif
#ifndef ARCH_SET_CPUID
#define ARCH_SET_CPUID 0x1012
#endif
#ifndef ARCH_SET_FS
#define ARCH_SET_FS 0x1002
#endif
#ifndef ARCH_SET_GS
#define ARCH_SET_GS 0x1001
#endif
#ifndef PTRACE_GETFPREGS
#define PTRACE_GETFPREGS 14
#endif
#ifndef PTRACE_GETFPXREGS
#define PTRACE_GETFPXREGS 18
#endif
#ifndef PTRACE_GETREGS
#define PTRACE_GETREGS 12
#endif
#ifndef PTRACE_GET_THREAD_AREA
#define PTRACE_GET_THREAD_AREA 25
#endif
#ifndef PTRACE_OLDSETOPTIONS
#define PTRACE_OLDSETOPTIONS 21
#endif
#ifndef PTRACE_SETFPREGS
#define PTRACE_SETFPREGS 15
#endif
#ifndef PTRACE_SETFPXREGS
#define PTRACE_SETFPXREGS 19
#endif
#ifndef PTRACE_SETREGS
#define PTRACE_SETREGS 13
#endif
#ifndef PTRACE_SET_THREAD_AREA
#define PTRACE_SET_THREAD_AREA 26
#endif
#ifndef PTRACE_SINGLEBLOCK
#define PTRACE_SINGLEBLOCK 33
#endif
#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif
#ifndef PTRACE_SYSEMU_SINGLESTEP
#define PTRACE_SYSEMU_SINGLESTEP 32
#endif
#ifndef ALG_SET_KEY_BY_KEY_SERIAL
#define ALG_SET_KEY_BY_KEY_SERIAL 7
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif
#ifndef IP_PROTOCOL
#define IP_PROTOCOL 52
#endif
#ifndef PACKET_VNET_HDR_SZ
#define PACKET_VNET_HDR_SZ 24
#endif
#ifndef SECBIT_EXEC_DENY_INTERACTIVE
#define SECBIT_EXEC_DENY_INTERACTIVE 0x400
#endif
#ifndef SECBIT_EXEC_DENY_INTERACTIVE_LOCKED
#define SECBIT_EXEC_DENY_INTERACTIVE_LOCKED 0x800
#endif
#ifndef SECBIT_EXEC_RESTRICT_FILE
#define SECBIT_EXEC_RESTRICT_FILE 0x100
#endif
#ifndef SECBIT_EXEC_RESTRICT_FILE_LOCKED
#define SECBIT_EXEC_RESTRICT_FILE_LOCKED 0x200
#endif
#ifndef SEGV_CPERR
#define SEGV_CPERR 10
#endif
#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH 2
#endif
#ifndef TCP_AO_ADD_KEY
#define TCP_AO_ADD_KEY 38
#endif
#ifndef TCP_AO_DEL_KEY
#define TCP_AO_DEL_KEY 39
#endif
#ifndef TCP_AO_GET_KEY
#define TCP_AO_GET_KEY 41
#endif
#ifndef TCP_AO_INFO
#define TCP_AO_INFO 40
#endif
#ifndef TCP_AO_REPAIR
#define TCP_AO_REPAIR 42
#endif
#ifndef TCP_DELACK_MAX_US
#define TCP_DELACK_MAX_US 46
#endif
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP 43
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US 45
#endif
#ifndef TLS_RX_EXPECT_NO_PAD
#define TLS_RX_EXPECT_NO_PAD 4
#endif
#ifndef TLS_TX_ZEROCOPY_RO
#define TLS_TX_ZEROCOPY_RO 3
#endif
#ifndef TRAP_PERF
#define TRAP_PERF 6
#endif
/* Of the kernel alone: include/linux/kernel_read_file.h, include/linux/umh.h. */
#ifndef READING_UNKNOWN
#define READING_UNKNOWN 0
#endif
#ifndef READING_FIRMWARE
#define READING_FIRMWARE 1
#endif
#ifndef READING_MODULE
#define READING_MODULE 2
#endif
#ifndef READING_KEXEC_IMAGE
#define READING_KEXEC_IMAGE 3
#endif
#ifndef READING_KEXEC_INITRAMFS
#define READING_KEXEC_INITRAMFS 4
#endif
#ifndef READING_POLICY
#define READING_POLICY 5
#endif
#ifndef READING_X509_CERTIFICATE
#define READING_X509_CERTIFICATE 6
#endif
#ifndef READING_MODULE_COMPRESSED
#define READING_MODULE_COMPRESSED 7
#endif
#ifndef UMH_NO_WAIT
#define UMH_NO_WAIT 0
#endif
#ifndef UMH_WAIT_EXEC
#define UMH_WAIT_EXEC 1
#endif
#ifndef UMH_WAIT_PROC
#define UMH_WAIT_PROC 2
#endif
#ifndef UMH_KILLABLE
#define UMH_KILLABLE 4
#endif
#ifndef UMH_FREEZABLE
#define UMH_FREEZABLE 8
#endif

/* Of the kernel alone: include/linux/mm.h; and ratel's own. */
#ifndef VM_READ
#define VM_READ 1
#endif
#ifndef VM_WRITE
#define VM_WRITE 2
#endif
#ifndef VM_EXEC
#define VM_EXEC 4
#endif
#ifndef VM_SHARED
#define VM_SHARED 8
#endif
#ifndef VM_MAYREAD
#define VM_MAYREAD 0x10
#endif
#ifndef VM_MAYWRITE
#define VM_MAYWRITE 0x20
#endif
#ifndef VM_MAYEXEC
#define VM_MAYEXEC 0x40
#endif
#ifndef VM_MAYSHARE
#define VM_MAYSHARE 0x80
#endif
#ifndef VM_GROWSDOWN
#define VM_GROWSDOWN 0x100
#endif
#ifndef VM_UFFD_MISSING
#define VM_UFFD_MISSING 0x200
#endif
#ifndef VM_PFNMAP
#define VM_PFNMAP 0x400
#endif
#ifndef VM_UFFD_WP
#define VM_UFFD_WP 0x1000
#endif
#ifndef VM_LOCKED
#define VM_LOCKED 0x2000
#endif
#ifndef VM_IO
#define VM_IO 0x4000
#endif
#ifndef VM_SEQ_READ
#define VM_SEQ_READ 0x8000
#endif
#ifndef VM_RAND_READ
#define VM_RAND_READ 0x10000
#endif
#ifndef VM_DONTCOPY
#define VM_DONTCOPY 0x20000
#endif
#ifndef VM_DONTEXPAND
#define VM_DONTEXPAND 0x40000
#endif
#ifndef VM_LOCKONFAULT
#define VM_LOCKONFAULT 0x80000
#endif
#ifndef VM_ACCOUNT
#define VM_ACCOUNT 0x100000
#endif
#ifndef VM_NORESERVE
#define VM_NORESERVE 0x200000
#endif
#ifndef VM_HUGETLB
#define VM_HUGETLB 0x400000
#endif
#ifndef VM_SYNC
#define VM_SYNC 0x800000
#endif
#ifndef VM_WIPEONFORK
#define VM_WIPEONFORK 0x2000000
#endif
#ifndef VM_DONTDUMP
#define VM_DONTDUMP 0x4000000
#endif
#ifndef VM_SOFTDIRTY
#define VM_SOFTDIRTY 0x8000000
#endif
#ifndef VM_MIXEDMAP
#define VM_MIXEDMAP 0x10000000
#endif
#ifndef VM_HUGEPAGE
#define VM_HUGEPAGE 0x20000000
#endif
#ifndef VM_NOHUGEPAGE
#define VM_NOHUGEPAGE 0x40000000
#endif
#ifndef VM_MERGEABLE
#define VM_MERGEABLE 0x80000000
#endif
#ifndef MAPPED_WRITE_EXEC
#define MAPPED_WRITE_EXEC 1
#endif
#ifndef EXEC_ADDED
#define EXEC_ADDED 2
#endif
#ifndef WRITE_ADDED_TO_EXEC
#define WRITE_ADDED_TO_EXEC 3
#endif
#ifndef WRITE_DROPPED_EXEC_KEPT
#define WRITE_DROPPED_EXEC_KEPT 4
#endif
#ifndef BPF_PROG_TYPE_NETFILTER
#define BPF_PROG_TYPE_NETFILTER 32
#endif
/* ratel's own: catalog/flags/attach.def. */
#ifndef BPF_ATTACH_RAW_TRACEPOINT
#define BPF_ATTACH_RAW_TRACEPOINT 0
#endif
#ifndef BPF_ATTACH_TRACEPOINT
#define BPF_ATTACH_TRACEPOINT 1
#endif
#ifndef BPF_ATTACH_KPROBE
#define BPF_ATTACH_KPROBE 2
#endif
#ifndef BPF_ATTACH_KRETPROBE
#define BPF_ATTACH_KRETPROBE 3
#endif
#ifndef BPF_ATTACH_UPROBE
#define BPF_ATTACH_UPROBE 4
#endif
#ifndef BPF_ATTACH_URETPROBE
#define BPF_ATTACH_URETPROBE 5
#endif
#ifndef BPF_ATTACH_PERF_EVENT
#define BPF_ATTACH_PERF_EVENT 6
#endif
#ifndef BPF_ATTACH_FENTRY
#define BPF_ATTACH_FENTRY 7
#endif
#ifndef BPF_ATTACH_FEXIT
#define BPF_ATTACH_FEXIT 8
#endif
#ifndef BPF_ATTACH_MODIFY_RETURN
#define BPF_ATTACH_MODIFY_RETURN 9
#endif
#ifndef BPF_ATTACH_LSM
#define BPF_ATTACH_LSM 10
#endif
#ifndef BPF_ATTACH_ITERATOR
#define BPF_ATTACH_ITERATOR 11
#endif
#ifndef BPF_ATTACH_CGROUP
#define BPF_ATTACH_CGROUP 12
#endif
#ifndef BPF_ATTACH_XDP
#define BPF_ATTACH_XDP 13
#endif
#ifndef BPF_ATTACH_OTHER
#define BPF_ATTACH_OTHER 14
#endif
#ifndef CGROUP_DEVICE_ALLOW
#define CGROUP_DEVICE_ALLOW 0
#endif
#ifndef CGROUP_DEVICE_DENY
#define CGROUP_DEVICE_DENY 1
#endif
#ifndef CGROUP_DEVICE_ATTACH
#define CGROUP_DEVICE_ATTACH 2
#endif
#ifndef CGROUP_DEVICE_DETACH
#define CGROUP_DEVICE_DETACH 3
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The kernel's types, as far as the programs look into them. Only members that are read are named:
 * preserve_access_index makes libbpf find each one by name in the running kernel's BTF, so neither
 * order nor size matter, and no kernel's headers are needed to build.
 */
#ifndef RATEL_TYPES_BPF_H
#define RATEL_TYPES_BPF_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

/* Numbers of the BPF interface (uapi/linux/bpf.h), which never change. */
enum {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_PROG_ARRAY = 3,
    BPF_MAP_TYPE_LRU_HASH = 9,
    BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
    BPF_MAP_TYPE_RINGBUF = 27,
    BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum {
    BPF_ANY = 0,
    BPF_NOEXIST = 1,
    BPF_F_NO_PREALLOC = 1 << 0,
    BPF_F_MMAPABLE = 1 << 10,
    BPF_F_USER_STACK = 1 << 8,
    BPF_LOCAL_STORAGE_GET_F_CREATE = 1 << 0,
    BPF_RB_NO_WAKEUP = 1 << 0,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#ifdef __TARGET_ARCH_x86
struct pt_regs {
    unsigned long bx, cx, dx, si, di, bp;
    unsigned long r10, r9, r8;
    unsigned long ax, orig_ax;
    unsigned long ip, sp;
};
struct thread_info {
    unsigned int status;
};
struct thread_struct {
    unsigned long fsbase; /* where the thread's own variables are */
};
#else
struct user_pt_regs {
    __u64 regs[31];
    __u64 sp, pc, pstate;
};
struct pt_regs {
    __u64 regs[31];
    __u64 orig_x0;
    __s32 syscallno;
};
struct thread_info {
    unsigned long flags;
};
struct thread_user_words {
    unsigned long tp_value;
};
struct thread_struct {
    struct thread_user_words uw;
};
#endif

typedef struct {
    unsigned int val;
} kuid_t;
typedef struct {
    unsigned int val;
} kgid_t;
typedef struct {
    int counter;
} atomic_t;

struct proc_ns_operations {
    const char *name;
};
/* Which CLONE_NEW* a namespace is: until 6.17 here. */
struct proc_ns_operations___type {
    int type;
};
struct ns_common {
    const struct proc_ns_operations *ops;
    unsigned int inum;
};
struct ns_common___type {
    __u32 ns_type;
};
struct mount;
struct mnt_namespace {
    struct ns_common ns;
    struct mount *root;
};
struct net {
    struct ns_common ns;
};
struct user_namespace {
    struct ns_common ns;
};
struct pid_namespace {
    struct ns_common ns;
};
struct new_utsname {
    char nodename[65];
};
struct uts_namespace {
    struct new_utsname name;
    struct ns_common ns;
};
struct ipc_namespace {
    struct ns_common ns;
};
struct cgroup_namespace {
    struct ns_common ns;
};
struct time_namespace {
    struct ns_common ns;
};
struct nsproxy {
    struct uts_namespace *uts_ns;
    struct ipc_namespace *ipc_ns;
    struct mnt_namespace *mnt_ns;
    struct pid_namespace *pid_ns_for_children;
    struct net *net_ns;
    struct time_namespace *time_ns;
    struct time_namespace *time_ns_for_children;
    struct cgroup_namespace *cgroup_ns;
};
struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    unsigned int level;
    struct upid numbers[1];
};
/* Until 6.2 two numbers of 32 bits, the lower first. */
typedef struct {
    __u64 val;
} kernel_cap_t;
struct cred {
    kuid_t uid;
    kgid_t gid;
    kuid_t suid;
    kgid_t sgid;
    kuid_t euid;
    kgid_t egid;
    kuid_t fsuid;
    kgid_t fsgid;
    unsigned int securebits;
    kernel_cap_t cap_inheritable;
    kernel_cap_t cap_permitted;
    kernel_cap_t cap_effective;
    kernel_cap_t cap_bset;
    kernel_cap_t cap_ambient;
    struct user_namespace *user_ns;
};

struct qstr {
    __u32 len;
    const unsigned char *name;
};
struct file_system_type {
    const char *name;
};
struct super_block {
    __u32 s_dev; /* dev_t: 12 bits major, 20 minor */
    unsigned long s_magic;
    struct dentry *s_root;
    struct mount *s_mounts;
    struct file_system_type *s_type;
};
struct timespec64 {
    __s64 tv_sec;
    long tv_nsec;
};
struct inode {
    unsigned short i_mode;
    unsigned long i_ino;
    __s64 i_size;
    struct super_block *i_sb;
    void *i_private;
    struct pipe_inode_info *i_pipe;
};
/* The change time was one struct until 6.6, then __i_ctime, then two numbers from 6.11. */
struct inode___ctime {
    struct timespec64 i_ctime;
};
struct inode___ctime66 {
    struct timespec64 __i_ctime;
};
struct inode___ctime611 {
    __s64 i_ctime_sec;
    __u32 i_ctime_nsec;
};
struct hlist_bl_node {
    void **pprev;
};
struct dentry_operations {
    void *d_dname;
};
struct dentry {
    struct hlist_bl_node d_hash;
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
    const struct dentry_operations *d_op;
    struct super_block *d_sb;
};
struct vfsmount {
    struct dentry *mnt_root;
    struct super_block *mnt_sb;
};
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct mnt_namespace *mnt_ns;
    struct mount *mnt_next_for_sb;
};
/* The mounts of a file system before 6.18. */
struct list_head {
    struct list_head *next;
};
struct super_block___list {
    struct list_head s_mounts;
};
struct mount___list {
    struct list_head mnt_instance;
};
struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};
struct file {
    unsigned int f_mode;
    struct path f_path;
    struct inode *f_inode;
    unsigned int f_flags;
    __s64 f_pos;
    void *private_data;
};
struct pipe_buffer {
    unsigned int flags;
};
struct pipe_inode_info {
    unsigned int head;
    unsigned int ring_size;
    struct pipe_buffer *bufs;
};
struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};
struct files_struct {
    struct fdtable *fdt;
};
/* From 6.5 on; until 6.6 with another member. */
struct backing_file {
    struct path user_path;
};
struct fs_struct {
    struct path root;
    struct path pwd;
};
struct mm_struct {
    struct file *exe_file;
    unsigned long start_code, end_code, start_data, end_data;
    unsigned long start_brk, brk, start_stack;
    unsigned long arg_start, arg_end, env_start, env_end;
    unsigned long saved_auxv[44];
};
struct vm_area_struct {
    unsigned long vm_start, vm_end;
    unsigned long vm_flags;
    unsigned long vm_pgoff;
    struct file *vm_file;
    const struct vm_operations_struct *vm_ops;
};
struct filename {
    const char *name;
};
struct rlimit {
    unsigned long rlim_cur;
    unsigned long rlim_max;
};
struct timezone {
    int tz_minuteswest;
    int tz_dsttime;
};
struct linux_binprm {
    struct file *file;
    const char *filename;
    const char *interp;
};
struct tty_struct {
    char name[64];
};
/* What .pids of signal_struct are: of a process group, of a session. */
#define PIDTYPE_PGID 2
#define PIDTYPE_SID  3

struct signal_struct {
    atomic_t live;
    struct pid *pids[4];
    struct tty_struct *tty;
};
struct bpf_iter_meta {
    struct seq_file *seq;
};
struct trace_event_raw_sched_process_exit {
    bool group_dead;
};

struct kernfs_node {
    __u64 id;
};
struct cgroup_root {
    int hierarchy_id;
};
struct cgroup {
    struct kernfs_node *kn;
    struct cgroup_root *root;
};
struct cgroup_subsys_state {
    struct cgroup *cgroup;
};
struct css_set {
    struct cgroup_subsys_state *subsys[14];
    struct cgroup *dfl_cgrp;
};

struct task_struct {
    struct thread_info thread_info;
    unsigned int flags;
    int pid;
    int tgid;
    struct task_struct *real_parent;
    struct task_struct *group_leader;
    struct pid *thread_pid;
    __u64 start_boottime;
    const struct cred *cred;
    char comm[16];
    struct fs_struct *fs;
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    struct sighand_struct *sighand;
    struct mm_struct *mm;
    struct css_set *cgroups;
    unsigned long sas_ss_sp, sas_ss_size;
    struct thread_struct thread;
    int exit_code;
};

struct module {
    char name[56];
    const char *version;
    const char *srcversion;
};

struct kobject {
    const char *name;
};
struct device {
    struct kobject kobj;
    struct device *parent;
    const char *init_name; /* until device_add has given it to the object */
};
struct subprocess_info {
    const char *path;
    char **argv;
    char **envp;
};
/* 7 is there from 7.0 on. */
enum kernel_read_file_id {
    READING_MODULE = 2,
    READING_MODULE_COMPRESSED = 7,
};
struct proc_dir_entry {
    const void *proc_ops;
    const char *name;
    unsigned short mode;
};
/* From 6.15 on, when files of debugfs got a pointer more. */
struct debugfs_inode_info {
    void *aux;
};
struct kprobe {
    void *addr;
    const char *symbol_name;
    void *pre_handler;
    void *post_handler;
};

struct kernel_siginfo {
    int si_signo;
    int si_errno;
    int si_code;
};
typedef struct {
    unsigned long sig[1];
} sigset_t;
struct sigaction {
    void *sa_handler;
    unsigned long sa_flags;
    sigset_t sa_mask;
};
struct k_sigaction {
    struct sigaction sa;
};
struct sighand_struct {
    struct k_sigaction action[64];
};

struct in6_addr {
    __u8 bytes[16];
};
struct sock_common {
    __be32 skc_daddr;
    __be32 skc_rcv_saddr;
    __be16 skc_dport;
    __u16 skc_num;
    unsigned short skc_family;
    struct in6_addr skc_v6_daddr;
    struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
    struct sock_common __sk_common;
    struct pid *sk_peer_pid;
};
struct msghdr {
    void *msg_control;
    unsigned long msg_controllen;
};
struct socket {
    short type;
    struct sock *sk;
};
struct sockaddr_un {
    unsigned short sun_family;
};
struct unix_address {
    int len;
    struct sockaddr_un name[0];
};
struct unix_sock {
    struct unix_address *addr;
    struct sock *peer;
};

#pragma clang attribute pop

/* Only passed around, never looked into. */
struct bpf_map;

#include <bpf/bpf_helpers.h>

#define __VMLINUX_H__  /* makes libbpf name registers as the kernel does, as struct pt_regs above  \
                        */

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* Keeps the compiler from reading a checked value a second time, which the verifier would not know.
 */
#define KEEP(var) asm volatile("" : "+r"(var))

/* A function of its own, for the verifier's sake, that not every family of hooks uses. */
#define SUBPROGRAM static __noinline __attribute__((unused))

/*
 * A function that the verifier looks at once, by itself, and not again for each of its calls. It
 * may rely on nothing about its arguments but their types. Those that all families of hooks use
 * are declared in their header and stand in the .bpf.c of its name: the linker would keep a copy
 * for each family, though only one is called.
 */
#define GLOBAL __attribute__((weak)) __noinline

/*
 * For subprograms that are given an address of the caller's stack: the verifier does not let such
 * an address be left behind in the result register, so they return DONE and are called by CALL,
 * both opaque enough to keep the compiler from dropping a result that nobody needs.
 */
#define DONE                                                                                       \
    ({                                                                                             \
        int done_ = 0;                                                                             \
        asm volatile("" : "+r"(done_));                                                            \
        done_;                                                                                     \
    })
#define CALL(call)                                                                                 \
    do {                                                                                           \
        int result_ = (call);                                                                      \
        asm volatile("" : "+r"(result_));                                                          \
    } while (0)

#endif

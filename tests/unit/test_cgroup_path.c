/* SPDX-License-Identifier: Apache-2.0 */
/* Containers by their cgroup's path: every runtime's way of writing it, and what only looks so. */
#include "event/cgroup_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define A   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B   "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID "1f2e3d4c-0a1b-4c5d-8e9f-a0b1c2d3e4f5"
#define SYS "1f2e3d4c_0a1b_4c5d_8e9f_a0b1c2d3e4f5"

static const struct {
    const char *path;
    enum runtime runtime;
    const char *id, *pod;
    bool inside;
} rows[] = {
    {"/docker/" A, RUNTIME_docker, A, "", false},
    {"/system.slice/docker-" A ".scope", RUNTIME_docker, A, "", false},
    {"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" A ".scope", RUNTIME_docker,
     A, "", false},
    {"/docker/" A "/init.scope", RUNTIME_docker, A, "", true},
    {"/docker/" A "/docker/" B, RUNTIME_docker, B, "", false},
    {"/docker/" A "/kubelet/kubepods/besteffort/pod" UID "/" B, RUNTIME_unknown, B, UID, false},
    {"/libpod_parent/libpod-" A, RUNTIME_podman, A, "", false},
    {"/machine.slice/libpod-" A ".scope", RUNTIME_podman, A, "", false},
    {"/machine.slice/libpod-" A ".scope/container", RUNTIME_podman, A, "", true},
    {"/libpod_parent/" A "/libpod-" B, RUNTIME_podman, B, "", false},
    {"/machine.slice/machine-libpod_pod_" A ".slice/libpod-" B ".scope/container", RUNTIME_podman,
     B, "", true},
    {"/kubepods/burstable/pod" UID "/" A, RUNTIME_unknown, A, UID, false},
    {"/kubepods/pod" UID "/crio-" A, RUNTIME_crio, A, UID, false},
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" SYS
     ".slice/cri-containerd-" A ".scope",
     RUNTIME_containerd, A, UID, false},
    {"/kubepods.slice/kubepods-pod" SYS ".slice/crio-" A ".scope", RUNTIME_crio, A, UID, false},
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" SYS ".slice/crio-" A
     ".scope/container",
     RUNTIME_crio, A, UID, true}, /* crun's */
    {"/kubepods.slice/kubepods-pod" SYS ".slice/crio-" B, RUNTIME_crio, B, UID,
     false}, /* a pod's */
    {"/kubepods/besteffort/pod" UID "/crio-" A "/container", RUNTIME_crio, A, UID, true},
    {"/crio/crio-" A, RUNTIME_crio, A, "", false}, /* of no pod */
    {"/system.slice/crio-" A ".scope", RUNTIME_crio, A, "", false},
    {"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" SYS ".slice/cri-containerd-" A
     ".scope",
     RUNTIME_containerd, A, UID, false},
    {"/kubepods/besteffort/pod0123456789abcdef0123456789abcdef/" A, RUNTIME_unknown, A,
     "0123456789abcdef0123456789abcdef", false},
    {"/system.slice/containerd.service/kubepods-burstable-pod" SYS ".slice:cri-containerd:" A,
     RUNTIME_containerd, A, UID, false},
    {"/default/nerdctl-" A ".scope", RUNTIME_containerd, A, "", false},
    {"/moby/" A, RUNTIME_docker, A, "", false},
    {"/" A, RUNTIME_unknown, A, "", false},
    {"/garden/" UID, RUNTIME_garden, UID, "", false},
    {"/lxc/shop", RUNTIME_lxc, "shop", "", false},
    {"/lxc.payload.shop", RUNTIME_lxc, "shop", "", false},
    {"/lxc.payload/shop/user.slice", RUNTIME_lxc, "shop", "", true},
    {"/lxc/shop/docker/" A, RUNTIME_docker, A, "", false},
    {"docker/" A "/", RUNTIME_docker, A, "", false},
    /* A claim that fits no runtime's form is a container of nobody known. */
    {"/user.slice/docker-" A ".scope.d", RUNTIME_unknown, A, "", false},
    {"/x" A "y", RUNTIME_unknown, A, "", false},
    {"/evil/pod" UID "/" A, RUNTIME_unknown, A, "", false}, /* no kubepods above: no pod */
    {"/kubepods/tripod" UID "/" A, RUNTIME_unknown, A, "", false},
};

static void runtimes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct cgroup_identity is;
        if (!cgroup_identify(rows[i].path, strlen(rows[i].path), &is))
            fail_msg("%s is a container", rows[i].path);
        if (is.runtime != rows[i].runtime || is.inside != rows[i].inside)
            fail_msg("%s: %s, inside: %d", rows[i].path, runtime_names[is.runtime], is.inside);
        assert_string_equal(is.id, rows[i].id);
        assert_string_equal(is.pod_uid, rows[i].pod);
    }
}

static const char *const others[] = {
    "",
    "/",
    "////",
    "/system.slice/ssh.service",
    "/docker",
    "/docker/" A "0",
    "/docker/0" A,
    "/docker/0123456789abcdef",
    "/docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
    "/kubepods/burstable/pod" UID,
    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" SYS ".slice",
    "/machine.slice/libpod-conmon-" A ".scope",
    "/kubepods.slice/kubepods-pod" SYS ".slice/crio-conmon-" A ".scope",
    "/system.slice/crio-conmon-" A ".scope",
    "/kubepods/burstable/pod" UID "/crio-conmon-" A,
    "/libpod_parent/conmon-" A,
    "/libpod_parent/" A,
    "/machine.slice/machine-libpod_pod_" A ".slice",
    "/garden/shop",
    "/default/shop", /* ctr's: only containerd knows */
    "/lxc.monitor.shop",
    "/lxc",
    "/lxc.payload.",
    "/lxc/0123456789012345678901234567890123456789012345678901234567890123456789012",
    "/system.slice/docker-" UID ".scope",
};

static void no_containers(void **state)
{
    struct cgroup_identity is;
    (void)state;
    for (unsigned i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (cgroup_identify(others[i], strlen(others[i]), &is))
            fail_msg("%s is no container, not %s", others[i], is.id);
}

/* Every length is taken as it is given: there is no NUL behind. */
static void cut_anywhere(void **state)
{
    struct cgroup_identity is;
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t n = 0; n <= strlen(rows[i].path); n++) {
            char copy[512];
            memset(copy, 'a', sizeof(copy));
            memcpy(copy, rows[i].path, n);
            bool cut = cgroup_identify(copy, n, &is);
            char id[CONTAINER_ID_TEXT];
            memcpy(id, is.id, sizeof(id));
            copy[n] = '\0';
            assert_int_equal(cut, cgroup_identify(copy, strlen(copy), &is));
            assert_string_equal(id, is.id);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runtimes),
        cmocka_unit_test(no_containers),
        cmocka_unit_test(cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

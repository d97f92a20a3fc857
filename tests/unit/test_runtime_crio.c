/* SPDX-License-Identifier: Apache-2.0 */
/* CRI-O, by a fake of it: what its answers are like, and where they differ from containerd's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crio_answers.h"
#include "fake_runtime.h"

#define OTHER "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff0000000011111111"

static void begin(struct run *r, struct answer *answers, const char *image_ref)
{
    crio_answers(answers, ID, POD, image_ref);
    run_begin(r, fake_grpc, answers);
    assert_int_equal(grpc_new(&r->client.grpc, r->server.path), 0);
}

static void a_container(void **state)
{
    static const char labels[] =
        "io.kubernetes.container.name=web\0io.kubernetes.pod.name=web-7d9\0"
        "io.kubernetes.pod.namespace=shop\0io.kubernetes.pod.uid=" CRIO_POD_UID;
    struct answer answers[CRIO_ANSWERS];
    struct run r;
    (void)state;
    begin(&r, answers, "registry.example/shop/web@" CRIO_DIGEST);
    assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), 0);
    assert_int_equal(r.facts.runtime, RUNTIME_crio);
    assert_fact(&r.facts, FACT_container_name, "web");
    assert_fact(&r.facts, FACT_container_image, CRIO_IMAGE);
    assert_fact(&r.facts, FACT_container_image_digest, CRIO_DIGEST);
    assert_fact(&r.facts, FACT_pod_name, "web-7d9");
    assert_fact(&r.facts, FACT_pod_namespace, "shop");
    assert_fact(&r.facts, FACT_pod_uid, CRIO_POD_UID);
    assert_int_equal(r.facts.fact[FACT_container_labels].len, sizeof(labels));
    assert_memory_equal(facts_text(&r.facts, FACT_container_labels), labels, sizeof(labels));
    assert_memory_equal(facts_text(&r.facts, FACT_pod_labels), "tier=front", 11);
    assert_false(r.facts.sandbox);
    assert_int_equal(r.facts.created, CRIO_CREATED);
    assert_int_equal(r.facts.started, CRIO_STARTED);
    run_end(&r);
}

/* An image that no registry knows has an id, which is no digest of what a registry has. */
static void an_image_without_digest(void **state)
{
    struct answer answers[CRIO_ANSWERS];
    struct run r;
    (void)state;
    begin(&r, answers, CRIO_IMAGE_ID);
    assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), 0);
    assert_fact(&r.facts, FACT_container_image, CRIO_IMAGE);
    assert_int_equal(r.facts.fact[FACT_container_image_digest].why, ABI_WHY_ABSENT);
    run_end(&r);
}

/* The cgroup of a pod that has no container of its own, and a container that is still being made.
 */
static void pods_and_strangers(void **state)
{
    struct answer answers[CRIO_ANSWERS];
    struct run r;
    (void)state;
    begin(&r, answers, CRIO_IMAGE_ID);
    assert_int_equal(runtime_cri_ask(&r.client, POD, &r.facts, later()), 0);
    assert_true(r.facts.sandbox);
    assert_fact(&r.facts, FACT_pod_name, "web-7d9");
    assert_int_equal(r.facts.fact[FACT_container_name].why, ABI_WHY_ABSENT);
    assert_int_equal(r.facts.created, CRIO_CREATED);
    assert_int_equal(runtime_cri_ask(&r.client, OTHER, &r.facts, later()), -ESRCH);
    run_end(&r);
}

/* It was removed between two questions: not known, and no failure of the runtime. */
static void gone_meanwhile(void **state)
{
    struct answer answers[CRIO_ANSWERS];
    struct run r;
    (void)state;
    begin(&r, answers, CRIO_IMAGE_ID);
    answers[1].about = OTHER;
    assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), -ESRCH);
    run_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container),
        cmocka_unit_test(an_image_without_digest),
        cmocka_unit_test(pods_and_strangers),
        cmocka_unit_test(gone_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

# SPDX-License-Identifier: Apache-2.0
"""
What happens to containers, and what must be told of it.

Each is a generator: what it makes before ratel is started; then, with the watch, what happens while ratel
watches; then, with its events, what must be told. So one start of ratel serves all of them. What it returns are the
ids of its containers.
"""

import json
import os

from lib import tap
from cri import Cri, container_config, pod_config
from crio import CONTAINER as CONTAINER_ID, POD as POD_ID, Cgroups
from watch import Watch, listed, one, programs, same, seconds, told

LOOP = ['sh', '-c', 'while true; do sleep 1000; done']


def engine(here, daemon, oci):
    """docker and podman, which take the same words."""
    shop, before = f'shop-{oci}', f'before-{oci}'
    daemon.make(oci, before, daemon.image, 'sleep', '1000')
    watch = yield
    daemon.make(oci, shop, '--label', 'tier=front', daemon.image, *LOOP)
    says, old = json.loads(daemon.run('inspect', shop, before))
    watch.until_known(says['Id'])
    daemon.run('exec', shop, 'id', '-u')
    rows = listed(here, daemon, says['Id'], old['Id'])
    daemon.run('kill', shop, before)
    daemon.run('rm', '-f', shop, before)
    watch.until('container_remove', says['Id'])
    watch.until('container_remove', old['Id'])
    events = yield

    made = told(events, says['Id'])
    same(made, {'runtime': daemon.name, 'container_name': shop, 'container_image': daemon.image,
                'container_labels': ['tier=front'], 'pod_sandbox': False})
    if seconds(made['created']) != seconds(says['Created']):
        raise tap.Failed(f'{made["created"]} is not {says["Created"]}')
    if daemon.name == 'podman':
        same(made, {'container_image_digest': says['ImageDigest']})
    same(one(events, 'container_remove', says['Id']), {'runtime': daemon.name, 'cgroup_id': made['cgroup_id']})
    same(told(events, old['Id'], 'existing_container'), {'container_name': before})
    if {i: (r['name'], r['image']) for i, r in rows.items()} != {
            says['Id']: (shop, daemon.image), old['Id']: (before, daemon.image)}:
        raise tap.Failed(f'listed are {rows}')
    run = programs(events, says['Id'])
    if run[:1] != [LOOP] or ['id', '-u'] not in run:
        raise tap.Failed(f'in the container ran {run}')
    return says['Id'], old['Id']


POD = '1f2e3d4c-0a1b-4c5d-8e9f-a0b1c2d3e4f5'
HEX = 'c0ffee03' * 8


def parent(driver, quality):
    """The cgroup of the pod, in kubelet's words."""
    if driver == 'cgroupfs':
        return f'/kubepods/{quality}/pod{POD}'
    return f'/kubepods.slice/kubepods-{quality}.slice/kubepods-{quality}-pod{POD.replace("-", "_")}.slice'


def ctr(here, daemon, oci):
    """ctr names containers and cgroups freely; as Kubernetes' the path tells of the pod."""
    shop, before, web = f'shop-{oci}', f'before-{oci}', HEX[:-4] + oci.encode().hex()[:4]
    cgroup = [f'--cgroup={parent("cgroupfs", "burstable")}/{web}']
    if daemon.driver == 'systemd':
        pod = os.path.basename(parent('systemd', 'burstable'))
        cgroup = [f'--cgroup={pod}:cri-containerd:{web}', '--runc-systemd-cgroup']
    daemon.make(oci, before, 'sleep', '1000')
    watch = yield
    daemon.make(oci, shop, '--label=tier=front', 'sleep', '1000')
    watch.until_known(shop)
    daemon.run('tasks', 'exec', '--exec-id', 'x', shop, 'id', '-u')
    daemon.make(oci, web, *cgroup, '--label=io.kubernetes.pod.name=web-0', '--label=io.kubernetes.pod.namespace=shop',
                'sleep', '1000', space='k8s.io')
    watch.until_known(web)
    says = json.loads(daemon.run('containers', 'info', shop))
    rows = listed(here, daemon, shop, before, web)
    for space, name in (('default', shop), ('default', before), ('k8s.io', web)):
        daemon.run('-n', space, 'tasks', 'kill', '-s', '9', name)
        daemon.run('-n', space, 'tasks', 'rm', '-f', name)
        daemon.run('-n', space, 'containers', 'rm', name)
        watch.until('container_remove', name)
    events = yield
    made = told(events, shop)
    same(made, {'runtime': 'containerd', 'container_name': shop, 'container_image': says['Image'],
                'container_image_digest': daemon.digest})
    if sorted(made['container_labels']) != sorted(f'{k}={v}' for k, v in says['Labels'].items()):
        raise tap.Failed(f'{made["container_labels"]} are not {says["Labels"]}')
    same(told(events, before, 'existing_container'), {'container_name': before})
    same(told(events, web), {'runtime': 'containerd', 'pod_uid': POD, 'pod_name': 'web-0', 'pod_namespace': 'shop'})
    if {i: r['pod_name'] for i, r in rows.items()} != {shop: None, before: None, web: 'web-0'}:
        raise tap.Failed(f'listed are {rows}')
    if programs(events, web) != [['sleep', '1000']]:
        raise tap.Failed(f'in the container ran {programs(events, web)}')
    return shop, before, web


def cri(here, daemon, oci):
    """A pod and a container in it, as Kubernetes makes them."""
    client = Cri(daemon, here.build)
    pod = pod_config('web-7d9', 'shop', POD, {'tier': 'front'}, parent(daemon.driver, 'besteffort'))
    config = container_config('web', daemon.image, ['sleep', '2000'], {'io.kubernetes.container.name': 'web', 'a': 'b'})
    watch = yield
    sandbox = client.run_pod(pod, oci)
    watch.until_known(sandbox)
    container = client.create(sandbox, config, pod)
    client.start(container)
    watch.until_known(container)
    client.exec(container, 'id', '-u')
    rows = listed(here, daemon, sandbox, container)
    client.stop(container)
    watch.until('container_remove', container)
    client.remove(container)
    client.stop_pod(sandbox)
    watch.until('container_remove', sandbox)
    client.remove_pod(sandbox)
    events = yield
    pod_says = {'runtime': 'containerd', 'pod_name': 'web-7d9', 'pod_namespace': 'shop', 'pod_uid': POD,
                'pod_labels': ['tier=front']}
    same(told(events, sandbox), {**pod_says, 'pod_sandbox': True})
    made = told(events, container)
    same(made, {**pod_says, 'pod_sandbox': False, 'container_name': 'web', 'container_image': daemon.image})
    if sorted(made['container_labels']) != ['a=b', 'io.kubernetes.container.name=web']:
        raise tap.Failed(f'{made["container_labels"]}')
    if {i: (r['name'], r['pod_name'], r['pod_uid'], r['sandbox']) for i, r in rows.items()} != {
            sandbox: (None, 'web-7d9', POD, True), container: ('web', 'web-7d9', POD, False)}:
        raise tap.Failed(f'listed are {rows}')
    if programs(events, container) != [['sleep', '2000'], ['id', '-u']] \
            or programs(events, sandbox) != [['sleep', '1000000']]:
        raise tap.Failed(f'ran {programs(events, container)} and {programs(events, sandbox)}')
    return sandbox, container


def crio(here, daemon, _):
    """CRI-O's way, by a fake of it."""
    cgroups = Cgroups(parent(daemon.driver, 'burstable'), daemon.driver)
    enter, comm = here.provoker('enter'), here.provoker('comm')
    try:
        watch = yield
        os.makedirs(cgroups.pod)
        watch.until_known(POD_ID)
        os.mkdir(cgroups.monitor)
        os.mkdir(cgroups.container)
        watch.until_known(CONTAINER_ID)
        daemon.call(enter, f'cgroup={cgroups.monitor}', '--', comm, 'monitor')
        daemon.call(enter, f'cgroup={cgroups.container}', 'mnt', '--', comm, 'begun')
        rows = listed(here, daemon, POD_ID, CONTAINER_ID)
    finally:
        cgroups.remove()
    watch.until('container_remove', CONTAINER_ID)
    watch.until('container_remove', POD_ID)
    events = yield
    pod = {'runtime': 'crio', 'pod_name': 'web-7d9', 'pod_namespace': 'shop', 'pod_uid': POD,
           'pod_labels': ['tier=front']}
    same(told(events, POD_ID), {**pod, 'pod_sandbox': True, 'container_name': None})
    same(told(events, CONTAINER_ID), {**pod, 'pod_sandbox': False, 'container_name': 'web',
                                      'container_image': 'registry.example/shop/web:1.4'})
    if {i: (r['name'], r['pod_name'], r['sandbox']) for i, r in rows.items()} != {
            POD_ID: (None, 'web-7d9', True), CONTAINER_ID: ('web', 'web-7d9', False)}:
        raise tap.Failed(f'listed are {rows}')
    if [words[-1] for words in programs(events, CONTAINER_ID)] != ['begun']:
        raise tap.Failed(f'ran {programs(events, CONTAINER_ID)}')
    return POD_ID, CONTAINER_ID


def killed(here, daemon, oci):
    """ratel is killed: what it knew the next one knows, though no runtime can be asked any more."""
    name = f'left-{oci}'
    watch = yield
    identity = daemon.make(oci, name, '--label', 'tier=front', daemon.image, *LOOP)
    watch.until_known(identity)
    yield
    watch = Watch(here, ())
    beside = Watch(here, [daemon], scope='new', kept=False)
    watch.until('existing_container', identity)
    daemon.run('exec', name, 'id', '-u')
    fresh = daemon.make(oci, f'fresh-{oci}', daemon.image, 'sleep', '1000')
    beside.until('container_create', fresh)
    daemon.run('rm', '-f', '-t', '0', name, f'fresh-{oci}')
    watch.until('container_remove', identity)
    beside.until('container_remove', fresh)
    events = watch.end()
    same(one(events, 'existing_container', identity), {
        'runtime': daemon.name, 'container_name': name, 'container_image': daemon.image,
        'container_labels': ['tier=front']})
    inside = [e['container'].get('name') for e in events if e['event'] == 'sched_process_exec'
              and e['data']['argv'] == ['id', '-u'] and e['container']['id'] == identity]
    if inside != [name]:
        raise tap.Failed(f'id ran in {inside}')
    from_birth(beside.end(), identity, fresh)
    return (identity,)


def from_birth(events, old, fresh):
    """Of container=new: all of the container that was made, its runtime's preparations too; none of the old one."""
    if programs(events, old):
        raise tap.Failed(f'of a container that was there {programs(events, old)}')
    run = [(e['data']['argv'], e['container'].get('started', False)) for e in events
           if e['event'] == 'sched_process_exec' and e['container']['id'] == fresh]
    begun = [argv for argv, started in run if started]
    if begun != [['sleep', '1000']] or run[-1:] != [(['sleep', '1000'], True)]:
        raise tap.Failed(f'in the new container ran {run}')

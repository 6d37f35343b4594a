"""Kubernetes' Container Runtime Interface (cri-api, runtime.v1), as far as the tests speak it.

Debian has no client of it; its messages are made here from the numbers of their fields, a message a
paragraph, without the fields that no test reads or writes.
"""
import re

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

POD, CONTAINER, NODE, TARGET = range(4)  # NamespaceMode
CREATED, RUNNING, EXITED, UNKNOWN = range(4)  # ContainerState
READY, NOT_READY = range(2)  # PodSandboxState
DEFAULT, UNCONFINED, LOCALHOST = range(3)  # SecurityProfile.ProfileType

# A type without a name of its own is a message of this list; "*" is a repeated field. A map is what
# it is on the wire: repeated pairs.
MESSAGES = """
Empty:
Pair: string key 1, string value 2
Int64Value: int64 value 1
UInt64Value: uint64 value 1

VersionRequest: string version 1
VersionResponse: string runtime_name 2, string runtime_api_version 4
StatusRequest: bool verbose 1
StatusResponse: RuntimeStatus status 1
RuntimeStatus: *RuntimeCondition conditions 1
RuntimeCondition: string type 1, bool status 2, string reason 3, string message 4

SecurityProfile: int32 profile_type 1, string localhost_ref 2
NamespaceOption: int32 network 1, int32 pid 2, int32 ipc 3, string target_id 4
LinuxSandboxSecurityContext: NamespaceOption namespace_options 1, bool privileged 6,
  SecurityProfile seccomp 9
LinuxPodSandboxConfig: string cgroup_parent 1, LinuxSandboxSecurityContext security_context 2,
  *Pair sysctls 3
PodSandboxMetadata: string name 1, string uid 2, string namespace 3, uint32 attempt 4
PodSandboxConfig: PodSandboxMetadata metadata 1, string hostname 2, string log_directory 3,
  LinuxPodSandboxConfig linux 8
PodSandboxStatus: string id 1, int32 state 3
PodSandbox: string id 1, int32 state 3

RunPodSandboxRequest: PodSandboxConfig config 1, string runtime_handler 2
RunPodSandboxResponse: string pod_sandbox_id 1
StopPodSandboxRequest: string pod_sandbox_id 1
StopPodSandboxResponse:
RemovePodSandboxRequest: string pod_sandbox_id 1
RemovePodSandboxResponse:
PodSandboxStatusRequest: string pod_sandbox_id 1, bool verbose 2
PodSandboxStatusResponse: PodSandboxStatus status 1
ListPodSandboxRequest: Empty filter 1
ListPodSandboxResponse: *PodSandbox items 1

LinuxContainerResources: int64 cpu_period 1, int64 cpu_quota 2, int64 cpu_shares 3,
  int64 memory_limit_in_bytes 4, int64 oom_score_adj 5, string cpuset_cpus 6
Capability: *string add_capabilities 1, *string drop_capabilities 2
LinuxContainerSecurityContext: Capability capabilities 1, bool privileged 2,
  NamespaceOption namespace_options 3, Int64Value run_as_user 5, Int64Value run_as_group 12,
  bool readonly_rootfs 7, *int64 supplemental_groups 8, bool no_new_privs 11,
  *string masked_paths 13, *string readonly_paths 14, SecurityProfile seccomp 15
LinuxContainerConfig: LinuxContainerResources resources 1,
  LinuxContainerSecurityContext security_context 2
ContainerMetadata: string name 1, uint32 attempt 2
ImageSpec: string image 1
Mount: string container_path 1, string host_path 2, bool readonly 3, int32 propagation 5
Device: string container_path 1, string host_path 2, string permissions 3
ContainerConfig: ContainerMetadata metadata 1, ImageSpec image 2, *string command 3,
  *string args 4, string working_dir 5, *Pair envs 6, *Mount mounts 7, *Device devices 8,
  string log_path 11, LinuxContainerConfig linux 15
ContainerStatus: string id 1, int32 state 3, int64 started_at 5, int64 finished_at 6,
  int32 exit_code 7, string reason 10, string message 11
CpuUsage: UInt64Value usage_core_nano_seconds 2
MemoryUsage: UInt64Value working_set_bytes 2
ContainerStats: CpuUsage cpu 2, MemoryUsage memory 3

CreateContainerRequest: string pod_sandbox_id 1, ContainerConfig config 2,
  PodSandboxConfig sandbox_config 3
CreateContainerResponse: string container_id 1
StartContainerRequest: string container_id 1
StartContainerResponse:
StopContainerRequest: string container_id 1, int64 timeout 2
StopContainerResponse:
RemoveContainerRequest: string container_id 1
RemoveContainerResponse:
ContainerStatusRequest: string container_id 1, bool verbose 2
ContainerStatusResponse: ContainerStatus status 1, *Pair info 2
UpdateContainerResourcesRequest: string container_id 1, LinuxContainerResources linux 2
UpdateContainerResourcesResponse:
ExecSyncRequest: string container_id 1, *string cmd 2, int64 timeout 3
ExecSyncResponse: bytes stdout 1, bytes stderr 2, int32 exit_code 3
ImageStatusRequest: ImageSpec image 1
ImageStatusResponse: Image image 1
Image: string id 1
ContainerStatsRequest: string container_id 1
ContainerStatsResponse: ContainerStats stats 1
"""
MESSAGE = re.compile(r"^(\w+):(.*(?:\n .*)*)", re.M)
FIELD = re.compile(r"(\*?)(\w+) (\w+) (\d+)")


def message_classes(text):
    """A class for each message of a text like the one above."""
    file = descriptor_pb2.FileDescriptorProto(name="cri.proto", package="runtime.v1",
                                              syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in MESSAGE.findall(text):
        message = file.message_type.add(name=name)
        for repeated, kind, field, number in FIELD.findall(fields):
            added = message.field.add(
                name=field, number=int(number),
                label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL)
            if kind[0].islower():
                added.type = getattr(kinds, f"TYPE_{kind.upper()}")
            else:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".runtime.v1.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {message.name: factory.GetPrototype(
        pool.FindMessageTypeByName(f"runtime.v1.{message.name}")) for message in file.message_type}


CLASSES = message_classes(MESSAGES)


class Refused(Exception):
    """What the server said instead of an answer."""

    def __init__(self, error):
        super().__init__(f"{error.code().name}: {error.details()}")
        self.code, self.details = error.code().name, error.details()


class Client:
    """A caller of the two services at a socket, as kubelet is."""

    def __init__(self, socket):
        self._channel = grpc.insecure_channel(f"unix:{socket}")

    def __call__(self, method, deadline_s=60, **fields):
        """Call a method with the fields of its request; the answer's message."""
        service = "ImageService" if "Image" in method else "RuntimeService"
        call = self._channel.unary_unary(
            f"/runtime.v1.{service}/{method}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=CLASSES[f"{method}Response"].FromString)
        try:
            return call(CLASSES[f"{method}Request"](**fields), timeout=deadline_s)
        except grpc.RpcError as error:
            raise Refused(error) from error

    def close(self):
        self._channel.close()

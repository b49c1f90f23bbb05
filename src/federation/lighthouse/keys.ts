import {
  Cluster,
  type EndpointSlice,
  type GlobalIngressIP,
  type Namespace,
  type Service,
  ServiceExport,
  type ServiceImport,
} from "../../api/index.ts";
import type { Kind, KubeObject } from "../../apimachinery/index.ts";
import type { Change, Key, MemberReader, Snapshot } from "../../controller/index.ts";
import { deepEqual } from "../../std/index.ts";
import { localServiceOf } from "../service-discovery/endpoint-slices.ts";
import { importOfSlice, type ServiceName } from "./imports.ts";

/** What Lighthouse reads of members. */
export type MemberReads =
  | typeof ServiceExport
  | typeof Service
  | typeof EndpointSlice
  | typeof ServiceImport
  | typeof Namespace
  | typeof GlobalIngressIP;
export type Member = MemberReader<MemberReads>;
type AnySnapshot = Snapshot<Kind<KubeObject>>;

export function named(key: string): ServiceName {
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name };
}

export function serviceName({ metadata: { name, namespace = "" } }: KubeObject): ServiceName {
  return { name, namespace };
}

export function keyFor({ name, namespace }: ServiceName, cluster: string): Key {
  return { kind: ServiceExport, namespace, name: `${cluster}/${name}` };
}

export function forAll(service: ServiceName, snapshot: AnySnapshot): readonly Key[] {
  return snapshot.list(Cluster).map(({ metadata }) => keyFor(service, metadata.name));
}

/** An export that comes, goes or is annotated concerns every member; conditions on it only its own. */
export function everyMember(
  { before, after, object }: Change<ServiceExport>,
  cluster: string,
  snapshot: AnySnapshot,
): readonly Key[] {
  const isSame =
    before !== undefined &&
    after !== undefined &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    deepEqual(before.metadata.annotations, after.metadata.annotations);
  return isSame ? [keyFor(serviceName(object), cluster)] : forAll(serviceName(object), snapshot);
}

export function ifExported(service: ServiceName, cluster: string, snapshot: AnySnapshot): readonly Key[] {
  const member = snapshot.member(cluster) as Member | undefined;
  return member?.get(ServiceExport, service.name, service.namespace) === undefined ? [] : forAll(service, snapshot);
}

export function slicesTellees(
  { before, object }: Change<EndpointSlice>,
  cluster: string,
  snapshot: AnySnapshot,
): readonly Key[] {
  const services = new Set([...localServiceOf(object), ...(before === undefined ? [] : localServiceOf(before))]);
  return [
    ...[...services].flatMap((key) => ifExported(named(key), cluster, snapshot)),
    ...importOfSlice(object).map((key) => keyFor(named(key), cluster)),
  ];
}

/** A namespace that appears in a member brings the imports of all that is exported in it elsewhere. */
export function exportedInNamespace(
  { before, after, object }: Change<Namespace>,
  cluster: string,
  snapshot: AnySnapshot,
): readonly Key[] {
  if (before !== undefined && after !== undefined) return [];
  const namespace = object.metadata.name;
  const names = snapshot.list(Cluster).flatMap(({ metadata }) => {
    const member = snapshot.member(metadata.name) as Member | undefined;
    return member?.list(ServiceExport, { namespace }).map(({ metadata: { name } }) => name) ?? [];
  });
  return [...new Set(names)].map((name) => keyFor({ namespace, name }, cluster));
}

import { describe, expect, it } from "vitest";
import {
  automaticPolicyName,
  bindingName,
  bindingReferenceKey,
  clusterOfExecutionSpace,
  derivedServiceName,
  dispatchedEndpointSliceName,
  executionSpaceName,
  importedEndpointSliceName,
  safeEncode,
  workName,
} from "../../../src/api/index.ts";

describe("Karmada's names", () => {
  it.each([
    ["Deployment", "nginx", "default", "nginx-687f7fb96f"],
    ["Service", "nginx", "default", "nginx-64b7849b5"],
    ["ConfigMap", "nginx", "default", "nginx-7dcff4d6b"],
    ["ClusterRole", "nginx", "", "nginx-b94c489b4"],
    ["Service", "serve", "demo", "serve-69b86f9f58"],
    ["Pods", "work:pod", "default", "work.pod-85bc474696"],
  ])("names the Work of %s %s in %j as Karmada does", (kind, name, namespace, expected) => {
    expect(workName(kind, name, namespace)).toBe(expected);
  });

  it.each([
    ["test-binding", "test", "5dbb6dc9c8"],
    ["nginx-deployment", "default", "5bdc5c4dcf"],
  ])("keys the binding %s in %s", (name, namespace, expected) => {
    expect(bindingReferenceKey(name, namespace)).toBe(expected);
  });

  it("names a binding after template and kind, with dots for colons", () => {
    expect(bindingName("ClusterRole", "system:foo")).toBe("system.foo-clusterrole");
    expect(bindingName("Deployment", "serve")).toBe("serve-deployment");
  });

  it("names an automatic policy by namespace and kind", () => {
    expect(automaticPolicyName("nginx", "default", "apps/v1, Kind=Deployment")).toBe("nginx-6d7f8d5f5b");
  });

  it("encodes a decimal sum without vowels", () => {
    expect(safeEncode("2439396529")).toBe("687f7fb96f");
  });

  it("knows execution spaces both ways", () => {
    expect(executionSpaceName("member1")).toBe("karmada-es-member1");
    expect(clusterOfExecutionSpace("karmada-es-member1")).toBe("member1");
    expect(clusterOfExecutionSpace("default")).toBeUndefined();
  });

  it("names what service discovery makes", () => {
    expect(derivedServiceName("serve")).toBe("derived-serve");
    expect(importedEndpointSliceName("member1", "serve-abcde")).toBe("imported-member1-serve-abcde");
    expect(dispatchedEndpointSliceName("member1", "serve-abcde")).toBe("member1-serve-abcde");
  });
});

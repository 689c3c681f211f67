/** The methods of Pulumi's provider protocol in terms of a `Provider`. */

import { isDeepStrictEqual } from "node:util";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Answer } from "./answer.ts";
import type { EngineLog } from "./engineLog.ts";
import { receive, send } from "./properties.ts";
import { type Call, type Change, type Diff, nameOf, type Provider, type Resource, typeOf } from "./provider.ts";

/** What the methods need of the server around them. */
export interface Surroundings {
  readonly signal: AbortSignal;
  log(): EngineLog;
  readonly answer: Answer;
}

/** Builds the handlers. */
export function providerMethods(provider: Provider, around: Surroundings) {
  const { answer } = around;
  const callOf = (urn: string, preview = false): Call => ({
    urn,
    name: nameOf(urn),
    preview,
    signal: around.signal,
    log: around.log(),
  });
  const resourceOf = (urn: string): Resource => {
    const found = provider.resource(typeOf(urn));
    if (found) return found;
    throw new Error(
      `${typeOf(urn)} is not among the kinds of the stand-in for pulumi-resource-${provider.name} ${provider.version}. ` +
        "Install the real plugin, or add the kind (local/plugins/README.md says how).",
    );
  };

  return {
    checkConfig: answer((request: messages.CheckRequest) => {
      const news = receive(request.getNews());
      const response = new messages.CheckResponse().setInputs(request.getNews());
      return withFailures(response, provider.checkConfig(nameOf(request.getUrn()), news.values));
    }),
    diffConfig: answer((request: messages.DiffRequest) => {
      const same = isDeepStrictEqual(
        receive(request.getOldInputs() ?? request.getOlds()).values,
        receive(request.getNews()).values,
      );
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      return new messages.DiffResponse().setChanges(same ? DIFF_NONE : DIFF_SOME);
    }),
    configure: answer((request: messages.ConfigureRequest) => {
      provider.configure(receive(request.getArgs()).values);
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    invoke: answer(async (request: messages.InvokeRequest) => {
      const result = provider.invoke?.(request.getTok(), receive(request.getArgs()).values, around.signal);
      if (!result) throw new Error(`${request.getTok()} is not among the functions of the stand-in (local/plugins).`);
      return new messages.InvokeResponse().setReturn(send(await result));
    }),
    check: answer((request: messages.CheckRequest) => {
      const resource = resourceOf(request.getUrn());
      const news = receive(request.getNews());
      const failures = resource.check(callOf(request.getUrn()), news.values);
      const completed = failures.length === 0 ? resource.complete?.(callOf(request.getUrn()), news.values) : undefined;
      const inputs = completed === undefined ? request.getNews() : send(completed, news.secrets);
      return withFailures(new messages.CheckResponse().setInputs(inputs), failures);
    }),
    diff: answer((request: messages.DiffRequest) => {
      const olds = receive(request.getOlds()).values;
      const news = receive(request.getNews()).values;
      return diffResponse(resourceOf(request.getUrn()).diff(callOf(request.getUrn(), true), olds, news));
    }),
    create: answer(async (request: messages.CreateRequest) => {
      const resource = resourceOf(request.getUrn());
      const news = receive(request.getProperties());
      const made = await resource.create(callOf(request.getUrn(), request.getPreview()), news.values);
      const secrets = [...news.secrets, ...resource.secretOutputs];
      return new messages.CreateResponse().setId(made.id).setProperties(send(made.state, secrets));
    }),
    read: answer(async (request: messages.ReadRequest) => {
      const resource = resourceOf(request.getUrn());
      const state = receive(request.getProperties());
      const inputs = receive(request.getInputs());
      const found = await resource.read(callOf(request.getUrn()), request.getId(), state.values, inputs.values);
      if (!found) return new messages.ReadResponse();
      const secrets = [...state.secrets, ...inputs.secrets, ...resource.secretOutputs];
      return new messages.ReadResponse()
        .setId(found.id)
        .setProperties(send(found.state, secrets))
        .setInputs(send(found.inputs, secrets));
    }),
    update: answer(async (request: messages.UpdateRequest) => {
      const resource = resourceOf(request.getUrn());
      const olds = receive(request.getOlds());
      const news = receive(request.getNews());
      const call = callOf(request.getUrn(), request.getPreview());
      const state = await resource.update(call, request.getId(), olds.values, news.values);
      return new messages.UpdateResponse().setProperties(send(state, [...news.secrets, ...resource.secretOutputs]));
    }),
    delete: answer(async (request: messages.DeleteRequest) => {
      const olds = receive(request.getProperties()).values;
      await resourceOf(request.getUrn()).delete(callOf(request.getUrn()), request.getId(), olds);
      return new empty.Empty();
    }),
  };
}

function withFailures(response: messages.CheckResponse, reasons: readonly string[]): messages.CheckResponse {
  return response.setFailuresList(reasons.map((reason) => new messages.CheckFailure().setReason(reason)));
}

function diffResponse(diff: Diff): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse()
    .setChanges(diff.changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(diff.changes.map((change) => change.property))
    .setReplacesList([...diff.replaces])
    .setHasdetaileddiff(true);
  for (const change of diff.changes) {
    const replaces = diff.replaces.includes(change.property);
    response.getDetaileddiffMap().set(change.property, new messages.PropertyDiff().setKind(kindOf(change, replaces)));
  }
  return response;
}

function kindOf(change: Change, replaces: boolean): messages.PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  const kinds = {
    add: [ADD, ADD_REPLACE],
    delete: [DELETE, DELETE_REPLACE],
    update: [UPDATE, UPDATE_REPLACE],
  } as const;
  return kinds[change.kind][replaces ? 1 : 0];
}

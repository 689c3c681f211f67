/** The open points in the order in which they are asked: reading first, what runs and costs last. */
import type { Point } from "../point.ts";
import { gate, gateBeforeWorker } from "./access.ts";
import { createRightAfter, readBack, secondApplication } from "./application.ts";
import { firstInstance, rollout } from "./instances.ts";
import { permissionPoints, validToken } from "./permissions.ts";
import { narrowPush, registryLogin } from "./registry.ts";
import { addressAfterPut, answers, schedule } from "./triggers.ts";
import { bindingDrift, firstUpload, namespaceIds, secondUpload, secretValues } from "./upload.ts";
import { workerVersion } from "./workerVersion.ts";

/** Every point. The application follows its upload at once: that is its question. */
export const points: readonly Point[] = [
  validToken,
  ...permissionPoints,
  registryLogin,
  narrowPush,
  gateBeforeWorker,
  firstUpload,
  createRightAfter,
  secondApplication,
  readBack,
  secretValues,
  namespaceIds,
  addressAfterPut,
  schedule,
  bindingDrift,
  secondUpload,
  answers,
  gate,
  workerVersion,
  firstInstance,
  rollout,
];

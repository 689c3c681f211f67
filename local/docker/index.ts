/** A Docker daemon, a registry and base images for local stacks and CI. See README.md. */
export { type BaseImages, ensureBaseImages } from "./baseImages.ts";
export { type Docker, type EnsureDockerOptions, ensureDocker, type NoDocker } from "./daemon.ts";
export { type Registry, startRegistry } from "./registry.ts";
export { type Finding, scanImage } from "./scanImage.ts";

/** `docker.Image`, as far as a preview needs it: what would be built is shown, building is refused. */
import { isDeepStrictEqual } from "node:util";
import { unknown } from "../server/properties.ts";
import type { Change, Resource } from "../server/provider.ts";

const inputs = ["imageName", "build", "buildOnPreview", "registry", "skipPush"];

/** The resource. */
export const image: Resource = {
  secretOutputs: [],

  check: (_call, news) => [
    ...(news.imageName === undefined ? ["'imageName' is missing: name the image, with its registry."] : []),
    ...Object.keys(news)
      .filter((name) => !name.startsWith("__") && !inputs.includes(name))
      .map((name) => `The stand-in (local/plugins) does not know '${name}' of docker.Image.`),
  ],

  diff(_call, olds, news) {
    const changes = inputs.flatMap((property): Change[] => {
      if (isDeepStrictEqual(olds[property], news[property])) return [];
      if (olds[property] === undefined) return [{ property, kind: "add" }];
      return [{ property, kind: news[property] === undefined ? "delete" : "update" }];
    });
    return { changes, replaces: [] };
  },

  async create(call, news) {
    if (!call.preview) throw new CannotBuild(String(news.imageName));
    return { id: "", state: { ...news, ...knownWhenBuilt } };
  },

  read: async (_call, id, state, given) => ({ id, state, inputs: given }),

  async update(call, _id, _olds, news) {
    if (!call.preview) throw new CannotBuild(String(news.imageName));
    return { ...news, ...knownWhenBuilt };
  },

  // An image lives in a registry; the real plugin, too, leaves it there.
  delete: async () => {},
};

const knownWhenBuilt = { repoDigest: unknown, baseImageName: unknown };

class CannotBuild extends Error {
  constructor(name: string) {
    super(
      `cannot build image "${name}": this is the stand-in for pulumi-resource-docker (local/plugins), which builds nothing. ` +
        "Install the real plugin with `pulumi plugin install resource docker 5.2.0`, " +
        "or name an image that exists already in the stack's config, so that nothing has to be built.",
    );
    this.name = "CannotBuild";
  }
}

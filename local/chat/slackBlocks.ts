/** The part of Block Kit that our messages use, as strict as Slack: another block, or a longer text, is `invalid_blocks`. */
import { z } from "zod";

const plain = (most: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: z.string().min(1).max(most), emoji: z.boolean().optional() });
const mrkdwn = (most: number) =>
  z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(most), verbatim: z.boolean().optional() });
const anyText = (most: number) => z.discriminatedUnion("type", [plain(most), mrkdwn(most)]);

const confirm = z.strictObject({
  title: plain(100),
  text: anyText(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(["primary", "danger"]).optional(),
});
const button = z.strictObject({
  type: z.literal("button"),
  text: plain(75),
  action_id: z.string().min(1).max(255),
  value: z.string().max(2_000).optional(),
  url: z.url().max(3_000).optional(),
  style: z.enum(["primary", "danger"]).optional(),
  confirm: confirm.optional(),
});
const block_id = z.string().max(255).optional();

const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("divider"), block_id }),
  z.strictObject({ type: z.literal("header"), block_id, text: plain(150) }),
  z.strictObject({
    type: z.literal("section"),
    block_id,
    text: anyText(3_000).optional(),
    fields: z.array(anyText(2_000)).min(1).max(10).optional(),
    accessory: button.optional(),
  }),
  z.strictObject({ type: z.literal("context"), block_id, elements: z.array(anyText(3_000)).min(1).max(10) }),
  z.strictObject({ type: z.literal("actions"), block_id, elements: z.array(button).min(1).max(25) }),
]);

/** Blocks of one message. */
export const blocksSchema = z
  .array(block)
  .max(50)
  .refine(
    (blocks) => {
      const ids = blocks.flatMap((one) =>
        one.type === "actions" ? one.elements.map(({ action_id }) => action_id) : [],
      );
      return new Set(ids).size === ids.length;
    },
    { error: "action_id is not unique" },
  );

export type Blocks = z.infer<typeof blocksSchema>;

/** What a thief has. */
export interface Loot {
  readonly url: string;
  /** Basic, or nothing. */
  readonly credential: { readonly username: string; readonly password: string } | undefined;
  readonly repositoryPassword: string;
  readonly restic: string;
  readonly folder: string;
  /** The living home. */
  readonly home: string;
}

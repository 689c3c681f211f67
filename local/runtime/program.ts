/** What an image reference means on the process engine: a program instead of a file system. */
export interface Program {
  /** Program and arguments; the `Cmd` of a create call (an `entrypoint` given in the Worker) replaces them. */
  readonly command: readonly string[];
  /** Ports that the image declares; all others are refused. */
  readonly ports: readonly number[];
  /** Environment of the image, made for the folders of one container. */
  env(folders: ContainerFolders): Readonly<Record<string, string>>;
}

/** Finds the program of an image reference; undefined means "No such image". */
export type ProgramOf = (reference: string) => Program | undefined;

/** The folders of one container, all inside `root`. */
export interface ContainerFolders {
  readonly root: string;
  readonly home: string;
  /** As the container's programs see it: the process engine shows each its own at one path, where it can. */
  readonly workspace: string;
  readonly run: string;
  readonly managed: string;
  readonly tmp: string;
}

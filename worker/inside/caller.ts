/** Who asks: the platform says so, no token does. */
export interface Caller {
  readonly className: string;
  readonly containerId: string;
}

import type { Child } from "hono/jsx";
import type { Told } from "./view.ts";

/** A part of the page under a heading. `beside` stands at its right. */
export function Card(props: { readonly title: string; readonly beside?: Child; readonly children?: Child }) {
  return (
    <>
      <header class="card-head">
        <h2 tabindex={-1}>{props.title}</h2>
        {props.beside !== undefined && <span class="beside">{props.beside}</span>}
      </header>
      {props.children}
    </>
  );
}

/** What was told, or a sentence where it could not be. */
export function Answered<T>(props: { readonly of: Told<T>; readonly children: (value: T) => Child }) {
  if ("value" in props.of) return <>{props.children(props.of.value)}</>;
  return <p class="unknown">This cannot be told just now: {props.of.failed}</p>;
}

/** A name and what it stands for, in a `<dl>`. */
export function Fact(props: { readonly name: string; readonly children?: Child }) {
  return (
    <div class="fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** The rest of a list, folded. `of`: by which name an open one is found again in a newer page. */
export function More(props: { readonly of: string; readonly says: string; readonly children?: Child }) {
  return (
    <details data-key={props.of}>
      <summary>{props.says}</summary>
      {props.children}
    </details>
  );
}

/** workerd hands a text module's content as its default export. */
declare module "*.txt" {
  const text: string;
  export default text;
}

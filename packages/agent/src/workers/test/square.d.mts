export default function square(job: number): { readonly square: number; readonly thread: number };

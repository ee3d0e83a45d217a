import { bundledScans, scanAddress } from "./catalog.ts";

/** Where the bundled scans come from and under which licence. */
export function Credits() {
  return (
    <section class="credits" aria-labelledby="credits">
      <h2 id="credits">The scans</h2>
      <ul>
        {bundledScans.map(({ id, title, source, licence }) => (
          <li key={id}>
            <strong>{title}</strong>: {source}; {licence}.
          </li>
        ))}
      </ul>
      <p>
        For research and software testing, not for clinical use.{" "}
        <a href={scanAddress("LICENSES.txt")}>Full licence texts</a>
      </p>
    </section>
  );
}

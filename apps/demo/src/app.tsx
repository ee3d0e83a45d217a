import { screen, workbenchAddress } from "./route.ts";
import { Credits } from "./scans/credits.tsx";
import { Story } from "./story/story.tsx";
import { settings } from "./workbench/settings.ts";
import { Workbench } from "./workbench/workbench.tsx";

export function App() {
  const current = screen.value;
  return (
    <div class={`on-${current}`}>
      <nav class="top" aria-label="Screens">
        <button type="button" class="skip" onClick={skip}>
          Skip to the content
        </button>
        <a class="brand" href="#/">
          halfband
        </a>
        <a href="#/" aria-current={current === "story" ? "page" : undefined}>
          Story
        </a>
        <a
          href={current === "workbench" ? location.hash : workbenchAddress(settings.value.scan)}
          aria-current={current === "workbench" ? "page" : undefined}
        >
          Workbench
        </a>
      </nav>
      {current === "story" ? <Story /> : <Workbench />}
      <footer>
        <Credits />
      </footer>
    </div>
  );
}

/** Moves the focus and leaves the address, which holds the settings, alone. */
function skip(): void {
  const main = document.getElementById("main");
  main?.setAttribute("tabindex", "-1");
  main?.focus();
}

import { useEffect, useState } from "preact/hooks";
import { giveFiles } from "./opened.ts";

/** Takes the files of a scan dropped anywhere on the page, and says so while they hover. */
export function DropTarget({ onFile }: { readonly onFile: (id: string) => void }) {
  const [hovering, setHovering] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setHovering(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setHovering(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setHovering(false);
      giveFiles([...(event.dataTransfer?.files ?? [])], onFile);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, [onFile]);
  return hovering ? (
    <div class="drop-target" role="status">
      <p>Drop the scan to open it. It stays on this machine.</p>
    </div>
  ) : null;
}

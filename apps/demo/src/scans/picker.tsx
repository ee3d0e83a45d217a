import { useId } from "preact/hooks";
import { bundledScans } from "./catalog.ts";
import { giveFiles, ownScan } from "./opened.ts";

export interface ScanPickerProps {
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** The bundled scans, and a file of the user's own. */
export function ScanPicker({ value, onChange }: ScanPickerProps) {
  const id = useId();
  const own = ownScan.value;
  return (
    <div class="scan-picker">
      <span class="field select-field">
        <label for={id}>Scan</label>
        <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {bundledScans.map((scan) => (
            <option key={scan.id} value={scan.id} selected={scan.id === value}>
              {scan.title}
            </option>
          ))}
          {own && (
            <option value={own.id} selected={own.id === value}>
              {own.name}
            </option>
          )}
        </select>
      </span>
      <label class="button file-button" title="A .nii or .nii.gz file, or an .hdr file with its .img">
        Open a NIfTI…
        <input
          type="file"
          multiple
          class="visually-hidden"
          accept=".nii,.gz,.nii.gz,.hdr,.img,application/gzip"
          onChange={({ currentTarget }) => {
            giveFiles([...(currentTarget.files ?? [])], onChange);
            currentTarget.value = "";
          }}
        />
      </label>
    </div>
  );
}

package abbe.imagej;

import ij.IJ;
import ij.Macro;
import ij.Prefs;
import ij.gui.GenericDialog;
import java.awt.Checkbox;
import java.awt.Component;
import java.awt.EventQueue;
import java.awt.FlowLayout;
import java.awt.GraphicsEnvironment;
import java.awt.GridBagConstraints;
import java.awt.GridBagLayout;
import java.awt.Label;
import java.awt.Panel;
import java.awt.TextField;
import java.util.ArrayDeque;
import java.util.Deque;

/** The fields of a dialog: ImageJ's own dialog, which is recorded for macros, or what a macro says of the same fields. */
final class Fields {
  /** Reads the fields before the checkbox of a preview, which are all but other checkboxes. */
  interface Reader {
    void read();
  }

  /** About 700 pixels. */
  private static final int MOST_ROWS = 24;

  private final GenericDialog dialog;
  private final MacroOptions macro;
  private final Deque<String> keys = new ArrayDeque<>();
  private final Deque<String> defaults = new ArrayDeque<>();
  private final Deque<String[]> names = new ArrayDeque<>();
  private final Deque<String> checks = new ArrayDeque<>();
  private int checksRead;

  Fields(String title) {
    String given = Macro.getOptions();
    boolean asks = given == null && !GraphicsEnvironment.isHeadless();
    dialog = asks ? new GenericDialog(title) : null;
    macro = new MacroOptions(given == null ? "" : given);
  }

  /** A further dialog of the same command, whose keys a macro gives beside those of the first. */
  Fields(String title, Fields first) {
    dialog = first.dialog == null ? null : new GenericDialog(title);
    macro = first.macro;
  }

  /** Whether there is a dialog on a display, and no macro. */
  boolean shows() {
    return dialog != null;
  }

  /** Whether a macro gives any of these fields. */
  boolean given() {
    for (String key : keys) {
      if (macro.has(key)) {
        return true;
      }
    }
    return false;
  }

  /** Refuses what a macro says besides; to be called when all fields of all dialogs were added. */
  void finish() {
    macro.finish();
  }

  /** What was entered last; in a macro the default, so that it does the same wherever it runs. */
  static String last(String preference, String defaultValue) {
    return Macro.getOptions() == null ? Prefs.get(preference, defaultValue) : defaultValue;
  }

  /** Keeps what a user entered for the next time. */
  static void remember(String preference, String value) {
    if (Macro.getOptions() == null) {
      Prefs.set(preference, value);
    }
  }

  void choice(String label, String[] values, String defaultValue) {
    if (dialog != null) {
      dialog.addChoice(label, values, defaultValue);
    } else {
      names.add(values);
      keep(label, defaultValue);
    }
  }

  /** {@code hint}: unit and range, to the right of the field. */
  void text(String label, String defaultValue, int columns, String hint) {
    if (dialog != null) {
      dialog.addStringField(label, defaultValue, columns);
      if (!hint.isEmpty()) {
        explain(hint);
      }
    } else {
      keep(label, defaultValue);
    }
  }

  void check(String label, boolean defaultValue) {
    if (dialog != null) {
      dialog.addCheckbox(label, defaultValue);
    } else {
      checks.add(key(label));
      macro.know(key(label));
    }
  }

  void folder(String label, String defaultValue) {
    if (dialog != null) {
      dialog.addDirectoryField(label, defaultValue, 30);
    } else {
      keep(label, defaultValue);
    }
  }

  void file(String label, String defaultValue) {
    if (dialog != null) {
      dialog.addFileField(label, defaultValue, 30);
    } else {
      keep(label, defaultValue);
    }
  }

  void message(String text) {
    if (dialog != null) {
      dialog.addMessage(text);
    }
  }

  void help(String page) {
    if (dialog != null) {
      dialog.addHelp(page);
    }
  }

  /** Has a preview follow the fields while the dialog is open. */
  void listen(Reader reader, Preview preview) {
    if (dialog != null) {
      dialog.addDialogListener((changed, event) -> {
        checksRead = 0;
        try {
          reader.read();
          boolean previews = nextCheck();
          if (event != null) {
            preview.update(previews);
          }
        } catch (IllegalArgumentException unfinished) {
          IJ.showStatus("Abbe: " + Words.inImageJ(unfinished.getMessage())); // the user is still typing
        }
        // Without an event the dialog closes: what is read now, and not later, is what ImageJ records.
        while (event == null && checksRead < dialog.getCheckboxes().size()) {
          nextCheck();
        }
        checksRead = 0;
        return true;
      });
    }
  }

  /** Shows the dialog; false when it is cancelled. */
  boolean shown() {
    if (dialog != null) {
      layOut();
      dialog.showDialog();
      settle();
      return !dialog.wasCanceled();
    }
    return true;
  }

  /**
   * Waits for the thread of the windows, on which ImageJ goes on closing a dialog that it has let go: it turns the recorder on, waits, and
   * begins with the first field again. What is read meanwhile is recorded in part, or of the wrong fields.
   */
  private static void settle() {
    if (EventQueue.isDispatchThread()) {
      return;
    }
    try {
      EventQueue.invokeAndWait(() -> { });
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
    } catch (java.lang.reflect.InvocationTargetException cause) {
      throw new IllegalStateException(cause);
    }
  }

  /** The next choice, in the order in which fields were added. */
  String nextChoice() {
    if (dialog != null) {
      return dialog.getNextChoice();
    }
    String[] values = names.remove();
    String key = keys.peek();
    String value = next();
    for (String known : values) {
      if (known.equals(value)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        key + " is \"" + value + "\"; it must be one of " + String.join(", ", values));
  }

  /** The next text; choices, texts and files are read in the order in which they were added. */
  String nextText() {
    return dialog != null ? dialog.getNextString().trim() : next().trim();
  }

  boolean nextCheck() {
    checksRead++;
    return dialog != null ? dialog.getNextBoolean() : macro.word(checks.remove());
  }

  /** More rows than a small screen has room for go on in further columns. */
  private void layOut() {
    GridBagLayout layout = (GridBagLayout) dialog.getLayout();
    int last = 0;
    for (Component part : dialog.getComponents()) {
      last = Math.max(last, layout.getConstraints(part).gridy);
    }
    int columns = last / MOST_ROWS + 1;
    int rows = last / columns + 1;
    for (Component part : columns == 1 ? new Component[0] : dialog.getComponents()) {
      GridBagConstraints place = layout.getConstraints(part);
      // A label is the first of its row, its field goes beside it wherever that is.
      place.gridx = 2 * (place.gridy / rows) + (place.gridx == 0 ? 0 : 1);
      place.gridwidth = part instanceof Checkbox ? 2 : 1;
      place.gridy %= rows;
      layout.setConstraints(part, place);
    }
  }

  /** Puts a hint to the right of the last text field, as ImageJ puts units beside its numeric fields. */
  private void explain(String hint) {
    TextField field = (TextField) dialog.getStringFields().lastElement();
    GridBagLayout layout = (GridBagLayout) dialog.getLayout();
    GridBagConstraints place = layout.getConstraints(field);
    dialog.remove(field);
    Panel panel = new Panel(new FlowLayout(FlowLayout.LEFT, 0, 0));
    panel.add(field);
    panel.add(new Label(" " + hint));
    dialog.add(panel, place);
  }

  private void keep(String label, String defaultValue) {
    keys.add(key(label));
    defaults.add(defaultValue);
    macro.know(key(label));
  }

  private String next() {
    return macro.value(keys.remove(), defaults.remove());
  }

  /** As ImageJ makes a macro's key of a label: the first word, in lower case. */
  private static String key(String label) {
    int end = label.indexOf(' ');
    String word = (end < 0 ? label : label.substring(0, end)).toLowerCase(java.util.Locale.US);
    while (!word.isEmpty() && !Character.isLetterOrDigit(word.charAt(word.length() - 1)) && word.charAt(word.length() - 1) != '_') {
      word = word.substring(0, word.length() - 1);
    }
    return word;
  }
}

/**
 * ImageJ's menu Plugins &gt; Abbe. Every command is a dialog of libabbe's parameters that macros can record and run,
 * also without a display. {@link abbe.imagej.ParameterForm} makes fields of parameters, {@link abbe.imagej.Optics} a
 * point spread function of them, {@link abbe.imagej.Volumes} runs plans over hyperstacks.
 */
package abbe.imagej;

/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * C++11 classes over abbe.h, in this header only: objects that destroy themselves, and exceptions for failures.
 *
 *     abbe::context context;
 *     abbe::psf psf(context, ABBE_PSF_WIDEFIELD);
 *     psf.set(ABBE_PSF_NUMERICAL_APERTURE, 1.4);
 *     ...
 *     abbe::plan plan(context);
 *     plan.add_step(ABBE_STEP_DECONVOLVE);
 *     plan.set_psf(psf);
 *     plan.set_input(ABBE_DTYPE_U16, "zyx", {planes, rows, columns});
 *     plan.set_output(ABBE_DTYPE_F32);
 *     plan.commit();
 *     plan.execute(source, target);
 *
 * What parameters mean, and the rules for threads, layouts and buffers, are those of abbe.h. Objects can be moved, not
 * copied, and destroyed in any order; one that was moved from may only be destroyed or assigned to.
 */
#ifndef ABBE_ABBE_HPP
#define ABBE_ABBE_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "abbe.h"

namespace abbe {

/** A call that failed: its status, and as what() the text that says why. */
class error : public std::runtime_error {
public:
    error(abbe_status status, const std::string &text) : std::runtime_error(text), status_(status) {}

    /** One of abbe_status_code. */
    abbe_status status() const noexcept { return status_; }

private:
    abbe_status status_;
};

namespace detail {

inline std::string last_error() {
    std::string text(abbe_error_text(nullptr, nullptr, 0), '\0');
    abbe_error_text(nullptr, &text[0], text.size());
    text.pop_back();
    return text;
}

inline void check(abbe_status status) {
    if (status != ABBE_OK) {
        throw error(status, last_error());
    }
}

/** The text of a function with the arguments (char *text, size_t capacity, size_t *needed). */
template <typename Function> std::string text_of(Function function) {
    for (;;) {
        std::size_t needed = 0, longer = 0;
        check(function(nullptr, 0, &needed));
        std::string text(needed, '\0');
        const abbe_status status = function(&text[0], text.size(), &needed);
        /* Another thread may make the text longer in between. */
        if (status != ABBE_OK && function(nullptr, 0, &longer) == ABBE_OK && longer > text.size()) {
            continue;
        }
        check(status);
        text.resize(needed - 1);
        return text;
    }
}

/** Owns a handle. */
template <typename Handle, void (*Destroy)(Handle *)> class owner {
public:
    owner() = default;
    owner(owner &&other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
    owner &operator=(owner &&other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    owner(const owner &) = delete;
    owner &operator=(const owner &) = delete;
    ~owner() { Destroy(handle_); }

    Handle *handle_ = nullptr;
};

/** A progress function, and what it has thrown: nothing may be thrown through C. */
struct listener {
    std::function<abbe_answer_code(double fraction)> function;
    std::exception_ptr thrown;

    static std::int32_t forward(void *user, double fraction) {
        listener *self = static_cast<listener *>(user);
        try {
            return self->function(fraction);
        } catch (...) {
            self->thrown = std::current_exception();
            return ABBE_CANCEL;
        }
    }

    /** Throws what the function has thrown, if it has. */
    void rethrow() {
        if (thrown) {
            std::exception_ptr now;
            std::swap(now, thrown);
            std::rethrow_exception(now);
        }
    }
};

template <typename T> using if_whole =
    typename std::enable_if<std::is_integral<T>::value || std::is_enum<T>::value, int>::type;
template <typename T> using if_real = typename std::enable_if<std::is_floating_point<T>::value, int>::type;

/** The setters of an Object's parameters, through the functions for its Handle. */
template <typename Object, typename Handle, abbe_status (*SetWhole)(Handle *, abbe_param, std::int64_t),
          abbe_status (*SetReal)(Handle *, abbe_param, double),
          abbe_status (*SetText)(Handle *, abbe_param, const char *), abbe_status (*Unset)(Handle *, abbe_param)>
class settable {
public:
    /** Sets a whole number or a choice, or a real number to a whole value. */
    template <typename T, if_whole<T> = 0> void set(abbe_param param, T value) {
        check(SetWhole(object().handle(), param, static_cast<std::int64_t>(value)));
    }
    /** Sets a real number. */
    template <typename T, if_real<T> = 0> void set(abbe_param param, T value) {
        check(SetReal(object().handle(), param, static_cast<double>(value)));
    }
    /** Sets a text. */
    void set(abbe_param param, const std::string &value) { check(SetText(object().handle(), param, value.c_str())); }
    /** Forgets what was set, so that the default holds again. */
    void unset(abbe_param param) { check(Unset(object().handle(), param)); }

private:
    const Object &object() const { return static_cast<const Object &>(*this); }
};

} // namespace detail

/** The version of the loaded library, e.g. "0.1.0". */
inline std::string version() { return abbe_version_text(); }
/** The version of the loaded library as ABBE_VERSION_NUMBER has it. */
inline std::uint32_t version_number() { return abbe_version(); }
/** A short English sentence for a status. */
inline std::string status_text(abbe_status status) { return abbe_status_text(status); }

/** The numbers of all parameters and facts that the loaded library knows. */
inline std::vector<abbe_param> parameters() {
    std::vector<abbe_param> all(static_cast<std::size_t>(abbe_param_count()));
    for (std::size_t index = 0; index < all.size(); ++index) {
        detail::check(abbe_param_at(static_cast<std::int32_t>(index), &all[index]));
    }
    return all;
}
/** The number of a parameter, e.g. "psf.wavelength_nm". */
inline abbe_param find_parameter(const std::string &name) {
    abbe_param found = 0;
    detail::check(abbe_param_find(name.c_str(), &found));
    return found;
}
/** A parameter as JSON: name, kind, range, unit, default, values, summary. */
inline std::string describe_parameter(abbe_param param) {
    return detail::text_of([param](char *text, std::size_t capacity, std::size_t *needed) {
        return abbe_param_describe(param, text, capacity, needed);
    });
}
/** Least and greatest value of a number or choice, and its default, NaN where it has none. */
struct parameter_range {
    double minimum, maximum, default_value;
};
/** The range of a parameter that is a number or a choice. */
inline parameter_range range_of(abbe_param param) {
    parameter_range range = {0, 0, 0};
    detail::check(abbe_param_range(param, &range.minimum, &range.maximum, &range.default_value));
    return range;
}

/** Threads and logging shared by the objects made from it. */
class context : public detail::settable<context, abbe_context, abbe_context_set_i64, abbe_context_set_f64, abbe_context_set_text,
                                        abbe_context_unset> {
public:
    /** Gets the severity, an abbe_level_code, and the text of a log line; called on any thread; must not throw. */
    using log_function = std::function<void(std::int32_t level, const char *message)>;

    context() { detail::check(abbe_context_create(&owner_.handle_)); }
    context(context &&) = default;
    context &operator=(context &&other) noexcept {
        log_.swap(other.log_); /* Whatever is destroyed goes together with its handle. */
        owner_ = std::move(other.owner_);
        return *this;
    }
    ~context() {
        if (log_) {
            /* Plans keep the library's context alive, but the function dies here. */
            (void)!abbe_context_set_log(owner_.handle_, nullptr, nullptr, ABBE_LEVEL_ERROR);
        }
    }

    /** Sends log lines of `level` and more severe ones to `log`; an empty function ends that. */
    void set_log(log_function log, std::int32_t level = ABBE_LEVEL_WARNING) {
        std::unique_ptr<log_function> next(log ? new log_function(std::move(log)) : nullptr);
        detail::check(abbe_context_set_log(handle(), next ? &context::forward : nullptr, next.get(), level));
        log_ = std::move(next);
    }

    /** Loads an execution provider of ONNX Runtime that is a library of its own, for all contexts. */
    void register_provider(const std::string &name, const std::string &path) {
        detail::check(abbe_context_register_provider(handle(), name.c_str(), path.c_str()));
    }

    /** The devices that networks can run on, as JSON. */
    std::string devices() const {
        return detail::text_of([this](char *text, std::size_t capacity, std::size_t *needed) {
            return abbe_context_devices(handle(), text, capacity, needed);
        });
    }

    /** Runs networks in the ONNX Runtime that this program has loaded itself: what its OrtGetApiBase() gives. */
    void adopt_onnxruntime(const void *api_base) { detail::check(abbe_context_adopt_onnxruntime(handle(), api_base)); }

    /** The handle for functions of abbe.h; it stays this object's. */
    abbe_context *handle() const noexcept { return owner_.handle_; }

private:
    static void forward(void *user, std::int32_t level, const char *message) {
        try {
            (*static_cast<log_function *>(user))(level, message);
        } catch (...) { /* Nothing may be thrown through C. */
        }
    }

    std::unique_ptr<log_function> log_;
    detail::owner<abbe_context, abbe_context_destroy> owner_;
};

/** A point spread function. */
class psf : public detail::settable<psf, abbe_psf, abbe_psf_set_i64, abbe_psf_set_f64, abbe_psf_set_text,
                                    abbe_psf_unset> {
public:
    /** `kind` is an abbe_psf_code. */
    psf(const context &context, std::int32_t kind) {
        detail::check(abbe_psf_create(context.handle(), kind, &owner_.handle_));
    }

    /** Gives a measured function its samples, packed; `shape` is {planes, rows, columns} or {rows, columns}. */
    void set_samples(const float *samples, const std::vector<std::int64_t> &shape) {
        detail::check(abbe_psf_set_samples(handle(), samples, static_cast<std::int32_t>(shape.size()), shape.data()));
    }

    /** The extents that hold the share of the light asked for, in two or three dimensions. */
    std::vector<std::int64_t> extent(std::int32_t dimensions) const {
        std::vector<std::int64_t> shape(dimensions == 2 ? 2 : 3);
        detail::check(abbe_psf_extent(handle(), dimensions, shape.data()));
        return shape;
    }

    /** The kernel of that shape, packed. */
    std::vector<float> sample(const std::vector<std::int64_t> &shape) const {
        std::size_t count = 1;
        for (std::int64_t extent : shape) {
            count *= extent > 0 ? static_cast<std::size_t>(extent) : 1;
        }
        std::vector<float> samples(count);
        detail::check(
            abbe_psf_sample(handle(), samples.data(), static_cast<std::int32_t>(shape.size()), shape.data()));
        return samples;
    }

    /** Fits this model to the samples of `measured`; parameters become what was found. */
    void fit(const psf &measured) { detail::check(abbe_psf_fit(handle(), measured.handle())); }

    /** Finds parameters of this model from an image of an unknown specimen; `shape` as for set_samples(). `progress`
     *  gets the share that is done and answers ABBE_CONTINUE or ABBE_CANCEL; what it throws comes out here. */
    void estimate(const float *samples, const std::vector<std::int64_t> &shape,
                  std::function<abbe_answer_code(double fraction)> progress = nullptr) {
        detail::listener listener{std::move(progress), nullptr};
        const abbe_status status =
            abbe_psf_estimate(handle(), samples, static_cast<std::int32_t>(shape.size()), shape.data(),
                              listener.function ? &detail::listener::forward : nullptr, &listener);
        listener.rethrow();
        detail::check(status);
    }

    /** Asks estimate(), running on another thread, to stop; returns at once. */
    void cancel() noexcept { abbe_psf_cancel(handle()); }

    /** A whole number or a choice: as set, or its default. */
    std::int64_t i64(abbe_param param) const {
        std::int64_t value = 0;
        detail::check(abbe_psf_get_i64(handle(), param, &value));
        return value;
    }
    /** A real number: as set or found, its default, or a fact of the last fit. */
    double f64(abbe_param param) const {
        double value = 0;
        detail::check(abbe_psf_get_f64(handle(), param, &value));
        return value;
    }

    /** What was sampled or fitted, and what is to be doubted, as JSON. */
    std::string report() const {
        return detail::text_of([this](char *text, std::size_t capacity, std::size_t *needed) {
            return abbe_psf_report(handle(), text, capacity, needed);
        });
    }

    /** The handle for functions of abbe.h; it stays this object's. */
    abbe_psf *handle() const noexcept { return owner_.handle_; }

private:
    detail::owner<abbe_psf, abbe_psf_destroy> owner_;
};

/** Compares an image with a reference; `metric` is an abbe_metric_code, `shape` as for psf::set_samples(), and a `range` of 0
 *  that of the reference. */
inline double measure(const context &context, abbe_metric metric, const float *samples, const float *reference,
                      const std::vector<std::int64_t> &shape, double range = 0) {
    double value = 0;
    detail::check(abbe_metric_measure(context.handle(), metric, samples, reference,
                                      static_cast<std::int32_t>(shape.size()), shape.data(), range, &value));
    return value;
}

/** Measures maps of a sensor's pixels from frames, tightly packed: `dark_frames` without light, then so many levels of light of so
 *  many frames. The result has 3 maps (without levels 2) one after the other: offset, variance, gain. */
inline std::vector<float> measure_sensor(const context &context, abbe_dtype dtype, const void *frames,
                                         std::size_t frames_bytes, std::int64_t rows, std::int64_t columns,
                                         std::int64_t dark_frames, std::int64_t flat_levels = 0,
                                         std::int64_t flat_frames = 0) {
    const std::int64_t shape[3] = {flat_levels > 0 ? 3 : 2, rows, columns};
    const bool has_pixels = rows > 0 && columns > 0;
    std::vector<float> maps(has_pixels ? static_cast<std::size_t>(shape[0] * rows * columns) : 0);
    detail::check(abbe_sensor_measure(context.handle(), dtype, frames, frames_bytes, dark_frames, flat_levels, flat_frames,
                                      3, shape, maps.data()));
    return maps;
}

/** A network: loaded, built in, or learnt. */
class model {
public:
    /** A network that is built in: "denoise". It needs no file, and in a denoise step no ONNX Runtime. */
    static model builtin(const context &context, const std::string &name = "denoise") {
        model made;
        detail::check(abbe_model_builtin(context.handle(), name.c_str(), &made.owner_.handle_));
        return made;
    }
    /** Loads a package or a network from a file or folder. */
    model(const context &context, const std::string &path) {
        detail::check(abbe_model_load(context.handle(), path.c_str(), &owner_.handle_));
    }
    /** Loads a network or a zipped package from memory. */
    model(const context &context, const void *bytes, std::size_t size) {
        detail::check(abbe_model_load_memory(context.handle(), bytes, size, &owner_.handle_));
    }

    /** Sets a whole number or a choice of how networks are learnt from this one, or a real number to a whole value. */
    template <typename T, detail::if_whole<T> = 0> void set(abbe_param param, T value) {
        detail::check(abbe_model_set_i64(handle(), param, static_cast<std::int64_t>(value)));
    }
    /** Sets a real number of how networks are learnt from this one. */
    template <typename T, detail::if_real<T> = 0> void set(abbe_param param, T value) {
        detail::check(abbe_model_set_f64(handle(), param, static_cast<double>(value)));
    }
    /** Forgets what was set, so that the default holds again. */
    void unset(abbe_param param) { detail::check(abbe_model_unset(handle(), param)); }

    /** Learns a network for a noisy image from this one, without a clean one; `shape` as for psf::set_samples(). `progress` gets the
     *  share that is done and answers ABBE_CONTINUE or ABBE_CANCEL, after which the best network until then is the result. What it
     *  throws comes out here. */
    model learn(const float *samples, const std::vector<std::int64_t> &shape,
                std::function<abbe_answer_code(double fraction)> progress = nullptr) {
        detail::listener listener{std::move(progress), nullptr};
        model learnt;
        const abbe_status status =
            abbe_model_learn(handle(), samples, static_cast<std::int32_t>(shape.size()), shape.data(),
                             listener.function ? &detail::listener::forward : nullptr, &listener, &learnt.owner_.handle_);
        listener.rethrow();
        detail::check(status);
        return learnt;
    }

    /** Asks learn(), running on another thread, to stop with the best network until then; returns at once. */
    void cancel() noexcept { abbe_model_cancel(handle()); }

    /** Writes a network that is built in or was learnt to a file, as a BioImage.IO package. */
    void save(const std::string &path) const { detail::check(abbe_model_save(handle(), path.c_str())); }

    /** Name, authors, licence, axes, scale, receptive field and operators, and how it was learnt, as JSON. */
    std::string describe() const {
        return detail::text_of([this](char *text, std::size_t capacity, std::size_t *needed) {
            return abbe_model_describe(handle(), text, capacity, needed);
        });
    }

    /** Runs the package's own test, on the context's device: whether it passed, and the differences, as JSON. */
    std::string selftest() const {
        return detail::text_of([this](char *text, std::size_t capacity, std::size_t *needed) {
            return abbe_model_selftest(handle(), text, capacity, needed);
        });
    }

    /** The handle for functions of abbe.h; it stays this object's. */
    abbe_model *handle() const noexcept { return owner_.handle_; }

private:
    model() = default;

    detail::owner<abbe_model, abbe_model_destroy> owner_;
};

/** Work prepared for one image layout: an ordered chain of steps. */
class plan : public detail::settable<plan, abbe_plan, abbe_plan_set_i64, abbe_plan_set_f64, abbe_plan_set_text,
                                     abbe_plan_unset> {
public:
    /** Gets the share that is done, 0 to 1; answers ABBE_CONTINUE or ABBE_CANCEL. What it throws comes out of execute(). */
    using progress_function = std::function<abbe_answer_code(double fraction)>;

    /** A block of an image: `image` is channel + channels * time point, the rest is along z, y and x. */
    struct block {
        std::int64_t image;
        std::int64_t start[3];
        std::int64_t shape[3];
    };
    /** Fills a block's `bytes` bytes, tightly packed, x fastest; answers ABBE_CONTINUE or ABBE_CANCEL. What it throws comes
     *  out of execute_blocks(). */
    using read_function = std::function<abbe_answer_code(const block &block, void *samples, std::size_t bytes)>;
    /** Takes a block, as read_function gives one. */
    using write_function = std::function<abbe_answer_code(const block &block, const void *samples, std::size_t bytes)>;

    explicit plan(const context &context) {
        detail::check(abbe_plan_create(context.handle(), &owner_.handle_));
    }
    /** A plan that does what another one did: `json` is what save_json() or report() gave. */
    static plan load_json(const context &context, const std::string &json) {
        plan loaded;
        detail::check(abbe_plan_load_json(context.handle(), json.c_str(), &loaded.owner_.handle_));
        return loaded;
    }
    plan(plan &&) = default;
    plan &operator=(plan &&other) noexcept {
        progress_.swap(other.progress_); /* Whatever is destroyed goes together with its handle. */
        owner_ = std::move(other.owner_);
        input_ = other.input_;
        output_ = other.output_;
        return *this;
    }
    ~plan() {
        if (progress_) {
            /* An execute on another thread may outlive this object. */
            (void)!abbe_plan_set_progress(owner_.handle_, nullptr, nullptr);
        }
    }

    /** Appends a step, an abbe_step_code; parameters set from now on are its own. */
    void add_step(abbe_step step) { detail::check(abbe_plan_add_step(handle(), step)); }
    /** Chooses the step whose parameters are set from now on; 0 is the one added first. */
    void select_step(std::int32_t index) { detail::check(abbe_plan_select_step(handle(), index)); }
    /** Gives the chosen step its point spread function. */
    void set_psf(const psf &psf) { detail::check(abbe_plan_set_psf(handle(), psf.handle())); }
    /** Gives a channel, counted from 0, of the chosen step's images a point spread function of its own. */
    void set_channel_psf(std::int32_t channel, const psf &psf) {
        detail::check(abbe_plan_set_channel_psf(handle(), channel, psf.handle()));
    }
    /** Takes the point spread function of a channel away: it has that of set_psf() again. */
    void unset_channel_psf(std::int32_t channel) {
        detail::check(abbe_plan_set_channel_psf(handle(), channel, nullptr));
    }
    /** Gives the chosen step its network. */
    void set_model(const model &model) { detail::check(abbe_plan_set_model(handle(), model.handle())); }
    /** Gives an input of the chosen step's network the samples that it reads in every run, packed, with extents of its own. */
    void set_model_input(const std::string &name, const float *samples, const std::vector<std::int64_t> &shape) {
        detail::check(abbe_plan_set_model_input(handle(), name.c_str(), samples, static_cast<std::int32_t>(shape.size()),
                                                shape.data()));
    }

    /** States how the source lies in memory; without strides it is tightly packed. */
    void set_input(abbe_dtype dtype, const std::string &axes, const std::vector<std::int64_t> &shape,
                   const std::vector<std::int64_t> &byte_strides = std::vector<std::int64_t>(),
                   std::int64_t byte_offset = 0) {
        if (shape.size() != axes.size()) {
            throw error(ABBE_ERROR_ARGUMENT, "shape is of another length than axes; it must have one extent per axis");
        }
        detail::check(abbe_plan_set_input(handle(), dtype, axes.c_str(), shape.data(),
                                          strides(byte_strides, axes.size()), byte_offset));
        input_ = dtype;
    }
    /** States which samples (z, y, x) of the images to come were measured: those where `mask` is not 0. Empty: all. */
    void set_mask(const std::vector<std::uint8_t> &mask) {
        detail::check(abbe_plan_set_mask(handle(), mask.empty() ? nullptr : mask.data(), mask.size()));
    }
    /** Gives the selected step a map of the sensor, an abbe_sensor_map_code, of that many rows and columns; empty takes it back. */
    void set_sensor_map(abbe_sensor_map map, const std::vector<float> &samples, std::int64_t rows, std::int64_t columns) {
        const std::int64_t shape[2] = {rows, columns};
        if (!samples.empty() && (rows < 1 || columns < 1 || samples.size() / static_cast<std::size_t>(columns) !=
                                 static_cast<std::size_t>(rows) || samples.size() % static_cast<std::size_t>(columns) != 0)) {
            throw error(ABBE_ERROR_ARGUMENT, "samples are of another number than rows times columns");
        }
        detail::check(abbe_plan_set_sensor_map(handle(), map, samples.empty() ? nullptr : samples.data(), 2, shape));
    }
    /** States what the images of the selected step are: a JSON array of what reports have as calibration; empty takes it back. */
    void set_calibrations(const std::string &calibrations) {
        detail::check(abbe_plan_set_calibrations(handle(), calibrations.empty() ? nullptr : calibrations.c_str()));
    }
    /** States how the target lies in memory; without strides it is tightly packed. */
    void set_output(abbe_dtype dtype, const std::vector<std::int64_t> &byte_strides = std::vector<std::int64_t>(),
                    std::int64_t byte_offset = 0) {
        const std::size_t axes = byte_strides.empty() ? 0 : output_shape().size();
        detail::check(abbe_plan_set_output(handle(), dtype, strides(byte_strides, axes), byte_offset));
        output_ = dtype;
    }
    /** The extents of the target. */
    std::vector<std::int64_t> output_shape() const {
        std::int32_t dimensions = 0;
        detail::check(abbe_plan_output_shape(handle(), nullptr, 0, &dimensions));
        std::vector<std::int64_t> shape(static_cast<std::size_t>(dimensions));
        detail::check(abbe_plan_output_shape(handle(), shape.data(), dimensions, &dimensions));
        return shape;
    }

    /** Tells `progress` how far execute() is; an empty function ends that. */
    void set_progress(progress_function progress) {
        std::unique_ptr<detail::listener> next(progress ? new detail::listener{std::move(progress), nullptr} : nullptr);
        detail::check(abbe_plan_set_progress(handle(), next ? &detail::listener::forward : nullptr, next.get()));
        progress_ = std::move(next);
    }

    /** Checks everything, allocates all memory, builds transforms and sessions. */
    void commit() { detail::check(abbe_plan_commit(handle())); }

    /** Runs the steps on one image. */
    void execute(const void *source, std::size_t source_bytes, void *target, std::size_t target_bytes) {
        finish(abbe_plan_execute(handle(), source, source_bytes, target, target_bytes));
    }
    /** As execute(), but that it waits for no other call on the plan: false where one is at work, and nothing was done. */
    bool try_execute(const void *source, std::size_t source_bytes, void *target, std::size_t target_bytes) {
        const abbe_status status = abbe_plan_try_execute(handle(), source, source_bytes, target, target_bytes);
        if (status != ABBE_ERROR_BUSY) {
            finish(status);
        }
        return status != ABBE_ERROR_BUSY;
    }
    /** Runs the steps on one image; `target` is made as large as needed. Both are of the plan's sample types: without
     *  set_output() the target's is the source's. 16-bit samples are unsigned: a vector of signed ones is refused. */
    template <typename Source, typename Target>
    void execute(const std::vector<Source> &source, std::vector<Target> &target) {
        if (!holds<Source>(input_)) {
            throw error(ABBE_ERROR_ARGUMENT, "source is of another type than the samples that set_input() stated; u16 is "
                                             "unsigned, so convert signed samples to float");
        }
        if (!holds<Target>(output_ != 0 ? output_ : input_)) {
            throw error(ABBE_ERROR_ARGUMENT,
                        "target is of another type than the result's samples; state its type with set_output()");
        }
        const std::size_t bytes = static_cast<std::size_t>(i64(ABBE_PLAN_OUTPUT_BYTES));
        target.resize((bytes + sizeof(Target) - 1) / sizeof(Target));
        execute(source.data(), source.size() * sizeof(Source), target.data(), target.size() * sizeof(Target));
    }
    /** Runs the steps on images that `read` and `write` hold, block by block; the plan is committed with ABBE_PLAN_BLOCKS = 1. */
    void execute_blocks(const read_function &read, const write_function &write) {
        if (!read || !write) {
            throw error(ABBE_ERROR_ARGUMENT, "read or write is empty; both must be functions");
        }
        functions both = {&read, &write, nullptr};
        const abbe_status status =
            abbe_plan_execute_blocks(handle(), &plan::read_block, &plan::write_block, &both);
        if (both.thrown) {
            std::rethrow_exception(both.thrown);
        }
        finish(status);
    }
    /** Gives a measured function the samples of the one that the chosen step, a blind deconvolution, found in the last
     *  image. */
    void estimated_psf(psf &psf) const { detail::check(abbe_plan_estimated_psf(handle(), psf.handle())); }

    /** Asks the execute that runs to stop; for other threads. */
    void cancel() noexcept { abbe_plan_cancel(handle()); }

    /** A fact or setting that is a whole number. */
    std::int64_t i64(abbe_param param) const {
        std::int64_t value = 0;
        detail::check(abbe_plan_get_i64(handle(), param, &value));
        return value;
    }
    /** A fact or setting that is a real number. */
    double f64(abbe_param param) const {
        double value = 0;
        detail::check(abbe_plan_get_f64(handle(), param, &value));
        return value;
    }
    /** What the plan does, as JSON for load_json(). */
    std::string save_json() const {
        return detail::text_of([this](char *text, std::size_t capacity, std::size_t *needed) {
            return abbe_plan_save_json(handle(), text, capacity, needed);
        });
    }
    /** What the last execute really did, as JSON. */
    std::string report() const {
        return detail::text_of([this](char *text, std::size_t capacity, std::size_t *needed) {
            return abbe_plan_report(handle(), text, capacity, needed);
        });
    }

    /** The handle for functions of abbe.h; it stays this object's. */
    abbe_plan *handle() const noexcept { return owner_.handle_; }

private:
    plan() = default;

    struct functions {
        const read_function *read;
        const write_function *write;
        std::exception_ptr thrown;
    };

    /** Throws what progress has thrown, or what went wrong. */
    void finish(abbe_status status) {
        if (progress_) {
            progress_->rethrow();
        }
        detail::check(status);
    }

    template <typename Function, typename Samples>
    static std::int32_t pass(functions *self, const Function &function, std::int64_t image, const std::int64_t *start,
                             const std::int64_t *shape, Samples *samples, std::size_t bytes) {
        const block where = {image, {start[0], start[1], start[2]}, {shape[0], shape[1], shape[2]}};
        try {
            return function(where, samples, bytes);
        } catch (...) { /* Nothing may be thrown through C: execute_blocks() throws it again. */
            self->thrown = std::current_exception();
            return ABBE_CANCEL;
        }
    }
    static std::int32_t read_block(void *user, std::int64_t image, const std::int64_t *start, const std::int64_t *shape,
                                   void *samples, std::size_t bytes) {
        functions *self = static_cast<functions *>(user);
        return pass(self, *self->read, image, start, shape, samples, bytes);
    }
    static std::int32_t write_block(void *user, std::int64_t image, const std::int64_t *start,
                                    const std::int64_t *shape, const void *samples, std::size_t bytes) {
        functions *self = static_cast<functions *>(user);
        return pass(self, *self->write, image, start, shape, samples, bytes);
    }

    /** Whether a vector of T is one of such samples: of bytes always, and of all where abbe.hpp was not told. */
    template <typename T> static bool holds(abbe_dtype dtype) {
        switch (dtype) {
        case ABBE_DTYPE_F32:
            return sizeof(T) == 1 || (sizeof(T) == 4 && std::is_floating_point<T>::value);
        case ABBE_DTYPE_U16:
            return sizeof(T) == 1 || (sizeof(T) == 2 && std::is_unsigned<T>::value);
        case ABBE_DTYPE_F16:
            return sizeof(T) <= 2;
        case ABBE_DTYPE_U8:
            return sizeof(T) == 1;
        default:
            return true;
        }
    }

    static const std::int64_t *strides(const std::vector<std::int64_t> &values, std::size_t axes) {
        if (values.empty()) {
            return nullptr;
        }
        if (values.size() != axes) {
            throw error(ABBE_ERROR_ARGUMENT, "byte_strides is of another length than axes; it must have one per axis");
        }
        return values.data();
    }

    abbe_dtype input_ = 0, output_ = 0;
    std::unique_ptr<detail::listener> progress_;
    detail::owner<abbe_plan, abbe_plan_destroy> owner_;
};

/** Frames of a camera on their way through plans, on a thread of libabbe's. Experimental. */
class stream {
public:
    /** Gets a result, valid during the call, and what is known of it in the order of abbe_result_code; on the stream's thread;
     *  must not throw. */
    using result_function =
        std::function<void(const void *image, std::size_t bytes, const std::int64_t *facts, std::int32_t count)>;

    stream(stream &&) = default;
    stream &operator=(stream &&) = delete; /* A function may not go before the thread that calls it. */
    /** Through plans from the fastest to the best, all committed. */
    explicit stream(const plan &fastest) { detail::check(abbe_stream_create(fastest.handle(), &owner_.handle_)); }
    /** Adds a plan that gives better results and takes longer. */
    void add_plan(const plan &better) { detail::check(abbe_stream_add_plan(handle(), better.handle())); }

    /** Sets a whole number or a choice, or a real number to a whole value. */
    template <typename T, detail::if_whole<T> = 0> void set(abbe_param param, T value) {
        detail::check(abbe_stream_set_i64(handle(), param, static_cast<std::int64_t>(value)));
    }
    /** Sets a real number. */
    template <typename T, detail::if_real<T> = 0> void set(abbe_param param, T value) {
        detail::check(abbe_stream_set_f64(handle(), param, static_cast<double>(value)));
    }
    /** A setting that is a whole number or a choice. */
    std::int64_t i64(abbe_param param) const {
        std::int64_t value = 0;
        detail::check(abbe_stream_get_i64(handle(), param, &value));
        return value;
    }
    /** A setting that is a real number. */
    double f64(abbe_param param) const {
        double value = 0;
        detail::check(abbe_stream_get_f64(handle(), param, &value));
        return value;
    }
    /** Has results given to a function instead of take(). */
    void set_result(result_function result) {
        std::unique_ptr<result_function> next(result ? new result_function(std::move(result)) : nullptr);
        detail::check(abbe_stream_set_result(handle(), next ? &stream::forward : nullptr, next.get()));
        result_ = std::move(next);
    }

    /** Allocates all memory and starts the thread. */
    void start() { detail::check(abbe_stream_start(handle())); }
    /** Memory for a frame that the camera can write into; nullptr where none is free. */
    void *slot() {
        std::int64_t address = 0;
        detail::check(abbe_stream_slot(handle(), &address));
        return reinterpret_cast<void *>(static_cast<std::intptr_t>(address));
    }
    /** Offers a frame, a slot or memory of the host's own, with its number; waits for nothing. Answers an abbe_submitted_code. */
    std::int32_t submit(const void *frame, std::size_t bytes, std::int64_t number, abbe_release_fn release = nullptr,
                        void *user = nullptr) {
        std::int32_t answer = 0;
        detail::check(abbe_stream_submit(handle(), frame, bytes, number, release, user, &answer));
        return answer;
    }
    /** The oldest result that waits, and what is known of it in the order of abbe_result_code; false where none does. */
    bool take(void *target, std::size_t bytes, std::vector<std::int64_t> &facts) {
        std::int32_t taken = 0;
        facts.resize(ABBE_RESULT_FLAGS + 1);
        detail::check(abbe_stream_take(handle(), target, bytes, facts.data(), static_cast<std::int32_t>(facts.size()), &taken));
        return taken != 0;
    }
    /** What has become of all frames as of one instant, in the order of abbe_count_code. */
    std::vector<std::int64_t> counts() const {
        std::vector<std::int64_t> counts(ABBE_COUNT_MISSING + 1);
        detail::check(abbe_stream_counts(handle(), counts.data(), static_cast<std::int32_t>(counts.size())));
        return counts;
    }
    /** Waits until no frame waits for its turn or is in work; false when the time is over. */
    bool wait(std::int64_t timeout_ms) {
        const abbe_status status = abbe_stream_wait(handle(), timeout_ms);
        if (status != ABBE_ERROR_BUSY) {
            detail::check(status);
        }
        return status == ABBE_OK;
    }
    /** Drops the frames that wait, and gives up the one in work. */
    void cancel() { detail::check(abbe_stream_cancel(handle())); }

    /** The handle for functions of abbe.h; it stays this object's. */
    abbe_stream *handle() const noexcept { return owner_.handle_; }

private:
    static void forward(void *user, const void *image, std::size_t bytes, const std::int64_t *facts, std::int32_t count) {
        try {
            (*static_cast<result_function *>(user))(image, bytes, facts, count);
        } catch (...) { /* Nothing may be thrown through C. */
        }
    }

    std::unique_ptr<result_function> result_;
    detail::owner<abbe_stream, abbe_stream_destroy> owner_; /* Goes first, and with it the thread that calls the function. */
};

/** How far a result can be believed: a raw image, what was made of it, and what is known of both. */
class assess {
public:
    explicit assess(const context &context) {
        detail::check(abbe_assess_create(context.handle(), &owner_.handle_));
    }

    /** Sets a whole number, or a real number to a whole value. */
    template <typename T, detail::if_whole<T> = 0> void set(abbe_param param, T value) {
        detail::check(abbe_assess_set_i64(handle(), param, static_cast<std::int64_t>(value)));
    }
    /** Sets a real number. */
    template <typename T, detail::if_real<T> = 0> void set(abbe_param param, T value) {
        detail::check(abbe_assess_set_f64(handle(), param, static_cast<double>(value)));
    }
    /** Forgets what was set, so that the default holds again. */
    void unset(abbe_param param) { detail::check(abbe_assess_unset(handle(), param)); }

    /** Gives an image, an abbe_image_code; `shape` as for psf::set_samples(). Copied. */
    void set_image(std::int32_t image, const float *samples, const std::vector<std::int64_t> &shape) {
        detail::check(abbe_assess_set_image(handle(), image, samples, static_cast<std::int32_t>(shape.size()),
                                            shape.data()));
    }
    /** States which samples (z, y, x) of the raw image were measured: those where `mask` is not 0. Empty: all. */
    void set_mask(const std::vector<std::uint8_t> &mask) {
        detail::check(abbe_assess_set_mask(handle(), mask.empty() ? nullptr : mask.data(), mask.size()));
    }
    /** Gives the point spread function whose blur the result is without. */
    void set_psf(const psf &psf) { detail::check(abbe_assess_set_psf(handle(), psf.handle())); }
    /** Gives the plan that made the result. */
    void set_plan(const plan &plan) { detail::check(abbe_assess_set_plan(handle(), plan.handle())); }

    /** Works out numbers and maps. `progress` gets the share that is done and answers ABBE_CONTINUE or ABBE_CANCEL; what it
     *  throws comes out here. */
    void run(std::function<abbe_answer_code(double fraction)> progress = nullptr) {
        detail::listener listener{std::move(progress), nullptr};
        const abbe_status status =
            abbe_assess_run(handle(), listener.function ? &detail::listener::forward : nullptr, &listener);
        listener.rethrow();
        detail::check(status);
    }

    /** Asks run(), on another thread, to stop; returns at once. */
    void cancel() noexcept { abbe_assess_cancel(handle()); }

    /** A whole number: as set, its default, or a fact of the last run. */
    std::int64_t i64(abbe_param param) const {
        std::int64_t value = 0;
        detail::check(abbe_assess_get_i64(handle(), param, &value));
        return value;
    }
    /** A real number: as set, its default, or a fact of the run. */
    double f64(abbe_param param) const {
        double value = 0;
        detail::check(abbe_assess_get_f64(handle(), param, &value));
        return value;
    }

    /** A map of the last run, an abbe_map_code, of the result's extents. */
    std::vector<float> map(std::int32_t map, const std::vector<std::int64_t> &shape) const {
        std::size_t count = 1;
        for (std::int64_t extent : shape) {
            count *= extent > 0 ? static_cast<std::size_t>(extent) : 1;
        }
        std::vector<float> samples(count);
        detail::check(abbe_assess_map(handle(), map, samples.data(), static_cast<std::int32_t>(shape.size()),
                                      shape.data()));
        return samples;
    }

    /** What the last run found, as JSON. */
    std::string report() const {
        return detail::text_of([this](char *text, std::size_t capacity, std::size_t *needed) {
            return abbe_assess_report(handle(), text, capacity, needed);
        });
    }

    /** The handle for functions of abbe.h; it stays this object's. */
    abbe_assess *handle() const noexcept { return owner_.handle_; }

private:
    detail::owner<abbe_assess, abbe_assess_destroy> owner_;
};

} // namespace abbe

#endif

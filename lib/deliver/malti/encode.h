// A record as Malti's ingest wants it (reference: POST /api/v1/ingest), with a comma behind it:
//   {"service":"orders","node":"web-1",…,"created_at":"2026-01-01T12:00:00.000000Z"},
// Users: the daemon's pipeline. Threads: immutable.
#pragma once
#include "deliver/encoder.h"

namespace pannier::deliver::malti {

class MaltiEncoder : public Encoder {
 public:
  // clean_mode: 401 and 404 stay out, as in Malti's SDKs; what came through one has been asked already.
  explicit MaltiEncoder(bool clean_mode) : clean_mode_(clean_mode) {}
  [[nodiscard]] std::optional<LeftOut> leaves_out(const record::Record& record) const override;
  std::uint32_t encode(const record::Record& record, Bytes& out) const override;

 private:
  bool clean_mode_;
};

}  // namespace pannier::deliver::malti

// A key and a certificate of the test's own, as PEM files that are removed with the object.
#pragma once

#include <chrono>
#include <string>

namespace relay {

class TestCertificate {
 public:
  explicit TestCertificate(const std::string& name = "turn.test");
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  // Another key and certificate in the same files; or only one of them, so that they do not fit.
  void renew(const std::string& name, std::chrono::seconds lifetime = std::chrono::hours(1));
  void renew_key_only();
  void renew_key_with_another_type();

  [[nodiscard]] const std::string& certificate() const { return certificate_; }
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  std::string folder_;
  std::string certificate_;
  std::string key_;
};

}  // namespace relay
